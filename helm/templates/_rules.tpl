{{/* What the rules know of this release: whose processes they look at, and what those are compared with. */}}

{{/* A quantity of Kubernetes in bytes; 0 where it can't be told. */}}
{{- define "larder.bytes" -}}
{{- $number := regexFind "^[0-9.]+" . -}}
{{- $scale := get (dict "" 1 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776) (trimPrefix $number .) -}}
{{- mulf (float64 $number) ($scale | default 0) | int64 -}}
{{- end }}

{{/* A duration, such as 90s or 2h30m, in seconds. */}}
{{- define "larder.seconds" -}}
{{- $sum := 0.0 -}}
{{- range regexFindAll "[0-9.]+(ms|s|m|h)" . -1 -}}
{{- $number := regexFind "^[0-9.]+" . -}}
{{- $sum = addf $sum (mulf (float64 $number) (get (dict "ms" 0.001 "s" 1.0 "m" 60.0 "h" 3600.0) (trimPrefix $number .))) -}}
{{- end -}}
{{- int64 $sum -}}
{{- end }}

{{/*
Seconds that a certificate between the roles has left when it is to be renewed, where the chart says when: by cert-manager then, by
the chart itself in an upgrade of its last third. Takes the root.
*/}}
{{- define "larder.rules.renewal" -}}
{{- $tls := .Values.tls -}}
{{- if and $tls.enabled (eq $tls.mode "certManager") -}}{{ include "larder.seconds" $tls.certManager.renewBefore }}
{{- else if and $tls.enabled (eq $tls.mode "generated") -}}{{ mul $tls.generated.certificateDays 28800 }}
{{- end -}}
{{- end }}

{{/*
The figures of files/rules/settings.yaml that these values decide, by record and kind; the others stay what they are. Zero: not
compared, as with a table on demand, a volume that is not the chart's, or backups that nobody makes.
*/}}
{{- define "larder.rules.figures" -}}
{{- with dig "admission" "max_in_flight" "" (mergeOverwrite (deepCopy .Values.config) .Values.api.config) }}
"larder:in_flight_limit:requests ": {{ int . }}
{{- end }}
"larder:embedded_volume:bytes ": {{ .Values.embedded.volume.existingClaim | empty | ternary (include "larder.bytes" .Values.embedded.volume.size) 0 }}
{{- with .Values.embedded.backup }}
"larder:embedded_backup_age_limit:seconds ": {{ kindIs "invalid" .maxAgeHours | ternary (.enabled | ternary 26 0) .maxAgeHours | mul 3600 }}
{{- end }}
"larder:happy_path_age_limit:seconds ": {{ max 300 (include "larder.seconds" .Values.prober.every | int64 | mul 5) }}
{{- $told := .Values.monitoring.certificateHours }}
{{- $renewal := include "larder.rules.renewal" . | default 2592000 | int64 }}
"larder:certificate_time_left:seconds warning": {{ kindIs "invalid" $told.warning | ternary (min 1209600 (div $renewal 2)) (mul 3600 $told.warning) }}
"larder:certificate_time_left:seconds critical": {{ kindIs "invalid" $told.critical | ternary (min 172800 (div $renewal 4)) (mul 3600 $told.critical) }}
"larder:dynamodb_provisioned:units_per_second read": {{ int .Values.bootstrap.readUnits }}
"larder:dynamodb_provisioned:units_per_second write": {{ int .Values.bootstrap.writeUnits }}
{{- end }}

{{/* That file with them, and with this namespace: a release elsewhere has other figures. Takes the root. */}}
{{- define "larder.rules.settings" -}}
{{- $figures := include "larder.rules.figures" . | fromYaml -}}
{{- $settings := .Files.Get "files/rules/settings.yaml" | fromYaml -}}
{{- range (first $settings.groups).rules -}}
{{- $labels := .labels | default dict -}}
{{- $name := printf "%s %s" .record ($labels.kind | default "") -}}
{{- if hasKey $figures $name -}}
{{- $_ := set . "expr" (get $figures $name | int64 | printf "vector(%d)") -}}
{{- end -}}
{{- $_ := set . "labels" (merge (dict "namespace" $.Release.Namespace) $labels) -}}
{{- end -}}
{{- toYaml $settings -}}
{{- end }}

{{/*
The volumes of this release, for the rules of a file; dots, which a claim of somebody else's may have, mean themselves. Only
where the kubelet itself is asked, those of the backups too: that it knows them says nothing of the store's. Takes root and path.
*/}}
{{- define "larder.rules.claims" -}}
{{- $claims := list (include "larder.store.claim" .root) -}}
{{- if and (eq (base .path) "kubernetes.yaml") (include "larder.backup" .root) (eq .root.Values.embedded.backup.target "volume") -}}
{{- $claims = append $claims (include "larder.backup.claim" .root) -}}
{{- end -}}
{{- join "|" $claims | replace "." "[.]" -}}
{{- end }}

{{/*
A file of rules about the processes, Jobs and volumes of this release alone, and of what was recorded of them: a release elsewhere
has rules of its own. Takes root and path.
*/}}
{{- define "larder.rules" -}}
{{- if eq (base .path) "settings.yaml" -}}
{{- include "larder.rules.settings" .root -}}
{{- else -}}
{{- $namespace := printf "namespace=%q" .root.Release.Namespace -}}
{{- $ours := `job=~"larder-.+"` -}}
{{- $rules := .root.Files.Get .path | replace $ours (printf "%s,%s" $namespace $ours) -}}
{{- $rules = replace `{job="larder-` (printf `{%s,job="larder-` $namespace) $rules -}}
{{- $rules = replace `job_name=~".*larder.*bootstrap.*"` (printf `%s,job_name=~"%s(-.+)?"` $namespace (include "larder.component" (dict "root" .root "role" "bootstrap"))) $rules -}}
{{- $rules = replace `cronjob=~".*larder.*backup.*"` (printf `%s,cronjob="%s"` $namespace (include "larder.component" (dict "root" .root "role" "backup"))) $rules -}}
{{- $rules = replace `persistentvolumeclaim=~".*larder.*"` (printf `%s,persistentvolumeclaim=~"%s"` $namespace (include "larder.rules.claims" .)) $rules -}}
{{- $rules = regexReplaceAll `larder:\w+:\w+` $rules (printf "${0}{%s}" $namespace) -}}
{{- $rules = replace (printf "{%s}{" $namespace) (printf "{%s," $namespace) $rules -}}
{{- regexReplaceAll `(record: \S+?)\{.*\}` $rules "${1}" -}}
{{- end -}}
{{- end }}
