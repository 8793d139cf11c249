{{/* Combinations that can't be meant; what the schema can't say. All are told at once. */}}

{{- define "larder.checks" -}}
{{- $faults := list -}}
{{- range list "api" "store" -}}
{{- $pdb := (index $.Values .).podDisruptionBudget -}}
{{- if not (or (kindIs "invalid" $pdb.minAvailable) (kindIs "invalid" $pdb.maxUnavailable)) -}}
{{- $faults = append $faults (printf "%s.podDisruptionBudget: minAvailable and maxUnavailable exclude each other; set one" .) -}}
{{- end -}}
{{- $rolling := (index $.Values .).rollingUpdate -}}
{{- if and (regexMatch "^0+%?$" (toString $rolling.maxSurge)) (regexMatch "^0+%?$" (toString $rolling.maxUnavailable)) -}}
{{- $faults = append $faults (printf "%s.rollingUpdate: with both at 0 no pod could ever be replaced" .) -}}
{{- end -}}
{{- $hpa := (index $.Values .).autoscaling -}}
{{- if and $hpa.enabled (gt (int $hpa.minReplicas) (int $hpa.maxReplicas)) -}}
{{- $faults = append $faults (printf "%s.autoscaling: minReplicas is more than maxReplicas" .) -}}
{{- end -}}
{{- if and $hpa.enabled (not (or $hpa.cpuPercent $hpa.memoryPercent $hpa.metrics)) -}}
{{- $faults = append $faults (printf "%s.autoscaling: set cpuPercent, memoryPercent or metrics, or it has nothing to go by" .) -}}
{{- end -}}
{{- end -}}
{{- $faults = concat $faults (include "larder.checks.image" . | fromJsonArray) (include "larder.checks.backend" . | fromJsonArray) (include "larder.checks.secrets" . | fromJsonArray) (include "larder.checks.edges" . | fromJsonArray) -}}
{{- with $faults -}}
{{- printf "\nthe values have %d problem%s\n  %s" (len .) (len . | eq 1 | ternary "" "s") (join "\n  " .) | fail -}}
{{- end -}}
{{- end }}

{{- define "larder.checks.image" -}}
{{- $faults := list -}}
{{- $image := .Values.image -}}
{{- $tag := include "larder.tag" . -}}
{{- if not $image.digest -}}
{{- if eq $tag "latest" -}}
{{- $faults = append $faults "image.tag: latest says nothing about what runs; give a version, or image.digest" -}}
{{- else if not (or $image.allowMutableTag (regexMatch "^v?[0-9]+\\.[0-9]+\\.[0-9]+|^(sha-)?[0-9a-f]{7,64}$" $tag)) -}}
{{- $faults = append $faults (printf "image.tag: %q can point to something else tomorrow; give a whole version, a commit, image.digest, or image.allowMutableTag=true" $tag) -}}
{{- end -}}
{{- end -}}
{{- toJson $faults -}}
{{- end }}

{{- define "larder.checks.backend" -}}
{{- $faults := list -}}
{{- $dynamo := .Values.dynamodb -}}
{{- /* What the store of this release reads now. */ -}}
{{- $held := lookup "v1" "ConfigMap" .Release.Namespace (include "larder.component" (dict "root" . "role" "store")) -}}
{{- $before := dig "store" "backend" "" (dig "data" "store.yaml" "" $held | fromYaml) -}}
{{- if and $before (ne $before .Values.backend) (ne .Values.confirmBackend .Values.backend) -}}
{{- $faults = append $faults (printf "backend: this release has its data in %s, and would begin with nothing in %s; set backend=%s, or confirmBackend=%s if that is meant" $before .Values.backend $before .Values.backend) -}}
{{- end -}}
{{- if eq .Values.backend "embedded" -}}
{{- if .Values.store.autoscaling.enabled -}}
{{- $faults = append $faults "store.autoscaling: the embedded database has one process; backend=dynamodb can have more" -}}
{{- end -}}
{{- if $dynamo.local.enabled -}}
{{- $faults = append $faults "dynamodb.local.enabled: has a meaning only with backend=dynamodb" -}}
{{- end -}}
{{- if .Values.bootstrap.seed -}}
{{- $faults = append $faults "bootstrap.seed: is loaded only with backend=dynamodb; use app import instead" -}}
{{- end -}}
{{- $backup := .Values.embedded.backup -}}
{{- if and $backup.enabled (eq $backup.target "s3") (not $backup.s3.bucket) -}}
{{- $faults = append $faults "embedded.backup.s3.bucket: say where the backups go" -}}
{{- end -}}
{{- $claim := include "larder.backup.claim" . -}}
{{- if and $backup.enabled (eq $backup.target "volume") (eq $claim (include "larder.store.claim" .)) -}}
{{- $faults = append $faults (printf "embedded.backup.volume: %s is the claim of the data itself, and would be lost with it; name another in existingClaim" $claim) -}}
{{- end -}}
{{- if and .Values.embedded.restore.file (or (not $backup.enabled) (ne $backup.target "volume")) -}}
{{- $faults = append $faults "embedded.restore.file: is looked for on the volume of embedded.backup, which is not on" -}}
{{- end -}}
{{- else -}}
{{- if or .Values.embedded.backup.enabled .Values.embedded.restore.file .Values.embedded.snapshot.className -}}
{{- $faults = append $faults "embedded: backup, restore and snapshot have no meaning with backend=dynamodb; use the table's own" -}}
{{- end -}}
{{- if and $dynamo.local.enabled (or $dynamo.endpoint $dynamo.roleArn $dynamo.existingSecret) -}}
{{- $faults = append $faults "dynamodb.local.enabled: excludes endpoint, roleArn and existingSecret" -}}
{{- end -}}
{{- if ne (empty .Values.bootstrap.readUnits) (empty .Values.bootstrap.writeUnits) -}}
{{- $faults = append $faults "bootstrap: set both readUnits and writeUnits, or neither; a table has a capacity for both, or is on demand" -}}
{{- end -}}
{{- if and $dynamo.roleArn (not .Values.store.serviceAccount.create) -}}
{{- $faults = append $faults "dynamodb.roleArn: needs store.serviceAccount.create; or annotate your own account" -}}
{{- end -}}
{{- end -}}
{{- toJson $faults -}}
{{- end }}

{{- define "larder.checks.secrets" -}}
{{- $faults := list -}}
{{- $auth := .Values.auth -}}
{{- $tls := .Values.tls -}}
{{- if and $tls.enabled (eq $tls.mode "existing") (not (and $tls.existing.apiSecret $tls.existing.storeSecret)) -}}
{{- $faults = append $faults "tls.existing: name both apiSecret and storeSecret" -}}
{{- end -}}
{{- if not (or $auth.allowAnonymous (include "larder.keys" .) $auth.jwt.issuer) -}}
{{- $faults = append $faults "auth: nobody could do anything; set generate, keys, existingSecret, jwt.issuer, or allowAnonymous" -}}
{{- end -}}
{{- if and $auth.jwt.issuer (not $auth.jwt.audience) -}}
{{- $faults = append $faults "auth.jwt.audience: without it, tokens meant for others would be taken" -}}
{{- end -}}
{{- if and $auth.allowAnonymous (or $auth.keys $auth.existingSecret $auth.jwt.issuer) -}}
{{- $faults = append $faults "auth.allowAnonymous: with it nobody looks at keys or tokens" -}}
{{- end -}}
{{- if not (or $auth.allowAnonymous (include "larder.token" .)) -}}
{{- if .Values.prober.enabled -}}
{{- $faults = append $faults "prober: it needs a token; set auth.tokenSecret.name, or prober.enabled=false" -}}
{{- end -}}
{{- if .Values.tests.enabled -}}
{{- $faults = append $faults "tests: helm test needs a token; set auth.tokenSecret.name, or tests.enabled=false" -}}
{{- end -}}
{{- end -}}
{{- if .Values.gitops -}}
{{- if and $tls.enabled (eq $tls.mode "generated") -}}
{{- $faults = append $faults "tls.mode: generated certificates would be others at each rendering (gitops=true); use certManager or existing" -}}
{{- end -}}
{{- if include "larder.keys.generated" . -}}
{{- $faults = append $faults "auth.generate: a generated key would be another at each rendering (gitops=true); set it to false, and auth.keys" -}}
{{- end -}}
{{- if not .Values.apiSecret.name -}}
{{- $faults = append $faults "apiSecret.name: a generated secret would be another at each rendering (gitops=true); make one" -}}
{{- end -}}
{{- end -}}
{{- toJson $faults -}}
{{- end }}

{{- define "larder.checks.edges" -}}
{{- $faults := list -}}
{{- $service := .Values.api.service -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) -}}
{{- $faults = append $faults "ingress.hosts: name at least one" -}}
{{- end -}}
{{- if and .Values.ingress.certManager.issuer .Values.ingress.certManager.clusterIssuer -}}
{{- $faults = append $faults "ingress.certManager: issuer and clusterIssuer exclude each other" -}}
{{- end -}}
{{- if .Values.gateway.enabled -}}
{{- if not .Values.gateway.hostnames -}}
{{- $faults = append $faults "gateway.hostnames: name at least one" -}}
{{- end -}}
{{- if not (or .Values.gateway.parentRefs .Values.gateway.create.className) -}}
{{- $faults = append $faults "gateway: name parentRefs, or create.className" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.dns.hostnames (ne $service.type "LoadBalancer") -}}
{{- $faults = append $faults "dns.hostnames: are for a Service of type LoadBalancer; an Ingress or a route has its own" -}}
{{- end -}}
{{- if and .Values.networkPolicy.enabled (ne $service.type "ClusterIP") (not .Values.networkPolicy.api.fromCidrs) -}}
{{- $faults = append $faults (printf "networkPolicy.api.fromCidrs: nobody outside could reach the %s; name who may" $service.type) -}}
{{- end -}}
{{- toJson $faults -}}
{{- end }}
