{{/* Settings: a file for both roles and one for each, in the form that the program reads. */}}

{{- define "larder.config.shared" -}}
{{- $shutdown := .Values.shutdown -}}
{{- $config := dict "shutdown" (dict "linger" (printf "%ds" (int $shutdown.lingerSeconds)) "drain" (printf "%ds" (int $shutdown.drainSeconds))) -}}
{{- with .Values.tracing -}}
{{- if .endpoint -}}
{{- $otlp := dict "endpoint" .endpoint "protocol" .protocol "sample" .sample -}}
{{- $_ := set $config "telemetry" (dict "otlp" $otlp "xray_ids" .xrayIds) -}}
{{- end -}}
{{- end -}}
{{- mergeOverwrite (deepCopy $.Values.config) $config | toYaml -}}
{{- end }}

{{/* What the role alone reads. Takes root and role. */}}
{{- define "larder.config.role" -}}
{{- $listen := .root.Values.listenAddress -}}
{{- $config := dict
      "http" (dict "listen" (printf "%s:%s" $listen (include "larder.port.traffic" .role)))
      "admin" (dict "listen" (printf "%s:%s" $listen (include "larder.port.admin" .role))) -}}
{{- $own := include (printf "larder.config.%s" .role) .root | fromYaml -}}
{{- mergeOverwrite (deepCopy (index .root.Values .role).config) $config $own | toYaml -}}
{{- end }}

{{- define "larder.config.api" -}}
api:
  secret_file: /etc/larder/secrets/api-secret
auth:
  allow_anonymous: {{ .Values.auth.allowAnonymous }}
  {{- if include "larder.keys" . }}
  keys_file: /etc/larder/secrets/keys.toml
  {{- end }}
  {{- with .Values.auth.jwt }}
  {{- if .issuer }}
  jwt:
    issuer: {{ .issuer | quote }}
    audience: {{ .audience | quote }}
    {{- with .jwksUrl }}
    jwks_url: {{ . | quote }}
    {{- end }}
    algorithms: {{ join "," .algorithms | quote }}
    scope_claim: {{ .scopeClaim | quote }}
    leeway: {{ .leeway | quote }}
    {{- with .ca }}
    ca: {{ . | quote }}
    {{- end }}
  {{- end }}
  {{- end }}
{{- if .Values.api.https.secretName }}
http:
  tls:
    certificate_file: /etc/larder/https/tls.pem
    key_file: /etc/larder/https/tls.key
{{- end }}
store:
  url: {{ include "larder.storeUrl" . | quote }}
  {{- if .Values.tls.enabled }}
  tls:
    ca_file: /etc/larder/tls/ca.pem
    certificate_file: /etc/larder/tls/tls.pem
    key_file: /etc/larder/tls/tls.key
    names: {{ include "larder.tls.names" (dict "root" . "role" "store") | quote }}
  {{- end }}
{{- end }}

{{- define "larder.config.store" -}}
{{- if .Values.tls.enabled }}
http:
  tls:
    certificate_file: /etc/larder/tls/tls.pem
    key_file: /etc/larder/tls/tls.key
    client_ca_file: /etc/larder/tls/ca.pem
    client_names: {{ include "larder.tls.names" (dict "root" . "role" "api") | quote }}
{{- end }}
store:
  backend: {{ .Values.backend }}
  {{- if not .Values.tls.enabled }}
  allow_plaintext: true
  {{- end }}
  {{- if eq .Values.backend "dynamodb" }}
  dynamodb:
    table: {{ .Values.dynamodb.table | quote }}
    {{- with include "larder.dynamodb.region" . }}
    region: {{ . | quote }}
    {{- end }}
    {{- with include "larder.dynamodb.endpoint" . }}
    endpoint: {{ . | quote }}
    {{- end }}
  {{- end }}
{{- end }}

{{/*
How the api finds the store. The SRV records of the headless Service name every store that is ready; the one store of
`embedded` has a name, and needs no more.
*/}}
{{- define "larder.storeUrl" -}}
{{- $scheme := .Values.tls.enabled | ternary "https" "http" -}}
{{- $host := printf "%s.%s" (include "larder.host" (dict "root" . "role" "store")) .Values.clusterDomain -}}
{{- if eq .Values.backend "dynamodb" -}}
srv+{{ $scheme }}://_store._tcp.{{ $host }}
{{- else -}}
{{ $scheme }}://{{ $host }}:{{ include "larder.port.traffic" "store" }}
{{- end -}}
{{- end }}

{{- define "larder.dynamodb.endpoint" -}}
{{- if .Values.dynamodb.local.enabled -}}
http://{{ include "larder.host" (dict "root" . "role" "dynamodb-local") }}.{{ .Values.clusterDomain }}:8000
{{- else -}}
{{ .Values.dynamodb.endpoint }}
{{- end -}}
{{- end }}

{{- define "larder.dynamodb.region" -}}
{{- .Values.dynamodb.region | default (.Values.dynamodb.local.enabled | ternary "local" "") -}}
{{- end }}

{{/*
What the environment says over all files. The image has a directory for data of its own; here it is one below the volume, whose
top may hold what belongs to its file system. Credentials are here where they don't come by the service account.
*/}}
{{- define "larder.env" -}}
{{- if ne .role "api" -}}
{{- if eq .root.Values.backend "embedded" }}
- name: APP__STORE__EMBEDDED__PATH
  value: /var/lib/larder/data
{{- else if .root.Values.dynamodb.local.enabled }}
# DynamoDB Local wants credentials, and takes any.
- name: AWS_ACCESS_KEY_ID
  value: local
- name: AWS_SECRET_ACCESS_KEY
  value: local
{{- end }}
{{- end }}
{{- end }}

{{- define "larder.envFrom" -}}
{{- if and (ne .role "api") (eq .root.Values.backend "dynamodb") .root.Values.dynamodb.existingSecret -}}
- secretRef:
    name: {{ .root.Values.dynamodb.existingSecret }}
{{- end }}
{{- end }}

{{/* `app contract` adds five seconds too, for closing the data. */}}
{{- define "larder.graceSeconds" -}}
{{- add .Values.shutdown.lingerSeconds .Values.shutdown.drainSeconds 5 -}}
{{- end }}
