{{/* What NOTES.txt warns of: allowed, and not what should stay so. */}}

{{- define "larder.warnings" -}}
{{- if .Values.auth.allowAnonymous }}
  - auth.allowAnonymous: whoever reaches the api can do everything.
{{- end }}
{{- if not .Values.tls.enabled }}
  - tls.enabled=false: whoever reaches the store's port can do everything, and the line between the roles can be read.
{{- end }}
{{- if not .Values.networkPolicy.enabled }}
  - networkPolicy.enabled=false: every pod of the cluster reaches the store and the admin ports.
{{- end }}
{{- with .Values.networkPolicy }}
{{- $untouched := and (eq (include "larder.net.callers" $) `["ingress-nginx"]`) (not .api.fromCidrs) (not .api.extraFrom) }}
{{- if and .enabled $untouched (or $.Values.ingress.enabled $.Values.gateway.enabled) }}
  - networkPolicy.api: of other namespaces only ingress-nginx reaches the api; if the pods of your controller or gateway are elsewhere, name that in fromNamespaces.
{{- end }}
{{- end }}
{{- if and .Values.ingress.enabled (not .Values.ingress.tls.enabled) }}
  - ingress.tls.enabled=false: API keys cross the network in the clear.
{{- end }}
{{- if and (ne .Values.api.service.type "ClusterIP") (not .Values.api.https.secretName) }}
  - api.service.type={{ .Values.api.service.type }} without api.https.secretName: API keys cross the network in the clear, unless the balancer ends TLS.
{{- end }}
{{- if and .Values.image.allowMutableTag (not .Values.image.digest) }}
  - image.allowMutableTag: what runs can change without an upgrade.
{{- end }}
{{- if .Values.dynamodb.local.enabled }}
  - dynamodb.local.enabled: all data is gone when its pod is.
{{- end }}
{{- if eq .Values.backend "embedded" }}
{{- if not (or .Values.embedded.backup.enabled .Values.embedded.backup.maxAgeHours .Values.embedded.snapshot.className) }}
  - embedded.backup.enabled=false: nobody makes backups of the volume, and no alert asks for any.
{{- end }}
{{- if .Values.embedded.restore.file }}
  - embedded.restore.file: nothing is restored until you say so, with
    kubectl -n {{ .Release.Namespace }} create job {{ include "larder.fullname" . }}-restore-1 --from=cronjob/{{ include "larder.fullname" . }}-restore
{{- end }}
{{- end }}
{{- include "larder.warnings.monitoring" . }}
{{- end }}

{{/* ServiceMonitors are found by labels, and nobody says so when they are not: look at who would have to find them. */}}
{{- define "larder.warnings.monitoring" -}}
{{- if not (include "larder.monitoring" .) }}
  - monitoring: no ServiceMonitors and no alerts, since {{ eq (toString .Values.monitoring.enabled) "auto" | ternary "the cluster has no Prometheus operator" "monitoring.enabled=false" }}. Metrics are at port admin of the Services {{ include "larder.fullname" . }}-api-admin and -store-admin.
{{- else }}
{{- if and .Values.monitoring.rules (not .Values.monitoring.runbooksUrl) }}
  - monitoring.runbooksUrl: alerts lead to https://larder.example/docs/runbooks, where nothing is. Say where the .md files of docs/runbooks can be read.
{{- end }}
{{- $found := false }}
{{- $known := (lookup "monitoring.coreos.com/v1" "Prometheus" "" "").items }}
{{- range $known }}
{{- $missed := dict }}
{{- range $key, $value := dig "spec" "serviceMonitorSelector" "matchLabels" dict . }}
{{- if ne (dig $key "" $.Values.monitoring.labels) $value }}
{{- $_ := set $missed $key $value }}
{{- end }}
{{- end }}
{{- if $missed }}
  - monitoring.labels: Prometheus {{ .metadata.namespace }}/{{ .metadata.name }} takes only ServiceMonitors with the labels {{ toJson $missed }}; without them it won't find these.
{{- end }}
{{- end }}
{{- if not (or $known .Values.monitoring.labels) }}
  - monitoring.labels: none are set. kube-prometheus-stack takes only what has the label release=NAME-OF-ITS-RELEASE, unless told otherwise.
{{- end }}
{{- end }}
{{- end }}
