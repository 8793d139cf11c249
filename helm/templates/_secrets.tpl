{{/* Names in certificates, and where secrets are. Made up at random is only what shared/secrets.yaml and shared/tls.yaml make. */}}

{{/* Names that the other role accepts. Takes root and role: whose certificate it is. */}}
{{- define "larder.tls.names" -}}
{{- $given := eq .role "api" | ternary .root.Values.tls.existing.apiNames .root.Values.tls.existing.storeNames -}}
{{- if and (eq .root.Values.tls.mode "existing") $given -}}
{{ join "," $given }}
{{- else -}}
{{ include "larder.host" . }}
{{- end -}}
{{- end }}

{{/* The secret with a role's certificate: `tls.crt`, `tls.key`, `ca.crt`, whoever made it. */}}
{{- define "larder.tls.secret" -}}
{{- if eq .root.Values.tls.mode "existing" -}}
{{- eq .role "api" | ternary .root.Values.tls.existing.apiSecret .root.Values.tls.existing.storeSecret -}}
{{- else -}}
{{ include "larder.component" . }}-tls
{{- end -}}
{{- end }}

{{/* The secret with API keys' hashes; empty where there are none. */}}
{{- define "larder.keys" -}}
{{- $auth := .Values.auth -}}
{{- if $auth.existingSecret -}}
{{ $auth.existingSecret }}
{{- else if and (not $auth.allowAnonymous) (or $auth.generate $auth.keys) -}}
{{ include "larder.fullname" . }}-keys
{{- end -}}
{{- end }}

{{/* Whether the chart makes up API keys. */}}
{{- define "larder.keys.generated" -}}
{{- $auth := .Values.auth -}}
{{- if and $auth.generate (not $auth.existingSecret) (not $auth.allowAnonymous) -}}true{{- end -}}
{{- end }}

{{- define "larder.apiSecret" -}}
{{- .Values.apiSecret.name | default (printf "%s-secret" (include "larder.fullname" .)) -}}
{{- end }}

{{/* The secret with the token of prober and tests; empty: they need none, or have none. */}}
{{- define "larder.token" -}}
{{- if .Values.auth.allowAnonymous -}}
{{- else if .Values.auth.tokenSecret.name -}}
{{ .Values.auth.tokenSecret.name }}
{{- else if include "larder.keys.generated" . -}}
{{ include "larder.fullname" . }}-prober-key
{{- end -}}
{{- end }}

{{/*
One API key as text: the one that a secret holds already, or a new one. Takes root and name of the secret.
The form is that of `app key new`: an id of 12 characters and 43 random ones, 256 bits.
*/}}
{{- define "larder.key" -}}
{{- $held := lookup "v1" "Secret" .root.Release.Namespace .name -}}
{{- $token := dig "data" "token" "" $held | b64dec -}}
{{- $token | default (printf "lrd_%s_%s" (randAlphaNum 12 | lower) (randAlphaNum 43)) -}}
{{- end }}

{{/* A key's entry in keys.toml. Takes token, scopes and name. */}}
{{- define "larder.key.entry" -}}
[[keys]]
id = {{ (splitList "_" .token) | rest | first | quote }}
sha256 = {{ sha256sum .token | quote }}
scopes = {{ .scopes | toJson }}
name = {{ .name | quote }}
{{ end }}
