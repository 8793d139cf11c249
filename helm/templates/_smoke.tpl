{{/* What tries the happy paths: the prober at all times, `helm test` when asked. */}}

{{/* Takes the root. Pods reach the api as every caller does, by its Service. */}}
{{- define "larder.smoke.args" -}}
{{- $https := .Values.api.https -}}
{{- $host := include "larder.host" (dict "root" . "role" "api") -}}
- smoke
- --url
{{- if $https.secretName }}
- https://{{ $https.host | default $host }}:{{ .Values.api.service.port }}
{{- else }}
- http://{{ $host }}:{{ .Values.api.service.port }}
{{- end }}
{{- if include "larder.token" . }}
- --token-file
- /etc/larder/secrets/token
{{- end }}
{{- end }}

{{/*
Whom it trusts: the public authorities, which vouch for an ACME certificate, and what the secret has as `ca.crt`. No --ca-file: that
would have to be there, and be the only one.
*/}}
{{- define "larder.smoke.env" -}}
{{- if .Values.api.https.secretName -}}
- name: SSL_CERT_DIR
  value: /etc/ssl/certs:/etc/larder/https
{{- end }}
{{- end }}

{{/* Where it may go, over DNS: the api's pods, and a host that need not be theirs, such as a balancer's. */}}
{{- define "larder.smoke.egress" -}}
- to:
    {{- include "larder.net.pods" (dict "root" . "roles" (list "api")) | trim | nindent 4 }}
  ports:
    - { protocol: TCP, port: {{ include "larder.port.traffic" "api" }} }
{{- if and .Values.api.https.secretName .Values.api.https.host }}
- ports:
    - { protocol: TCP, port: {{ .Values.api.service.port }} }
{{- end }}
{{- end }}

{{/* The one volume that it reads, as an item of a list; nothing where it needs none. */}}
{{- define "larder.smoke.volumes" -}}
{{- if or (include "larder.token" .) .Values.api.https.secretName -}}
- name: config
  projected:
    defaultMode: 0440
    sources:
      {{- with include "larder.token" . }}
      - secret:
          name: {{ . }}
          items:
            - { key: {{ $.Values.auth.tokenSecret.name | empty | ternary "token" $.Values.auth.tokenSecret.key }}, path: secrets/token }
      {{- end }}
      {{- with .Values.api.https.secretName }}
      - secret:
          name: {{ . }}
          optional: true
          items:
            - { key: ca.crt, path: https/ca.pem }
      {{- end }}
{{- end }}
{{- end }}

{{- define "larder.smoke.mounts" -}}
{{- if include "larder.smoke.volumes" . -}}
- name: config
  mountPath: /etc/larder
  readOnly: true
{{- end }}
{{- end }}
