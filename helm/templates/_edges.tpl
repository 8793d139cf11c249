{{/* What leads to the api from outside. */}}

{{/* How long records may be cached, as external-dns wants it said. */}}
{{- define "larder.dns.ttl" -}}
{{- with .Values.dns.ttlSeconds -}}
external-dns.alpha.kubernetes.io/ttl: {{ . | quote }}
{{- end }}
{{- end }}

{{- define "larder.gateway.secret" -}}
{{- .Values.gateway.create.secretName | default (printf "%s-gateway-tls" (include "larder.fullname" .)) -}}
{{- end }}

{{- define "larder.ingress.secret" -}}
{{- .Values.ingress.tls.secretName | default (printf "%s-ingress-tls" (include "larder.fullname" .)) -}}
{{- end }}

{{/* The listener of the hostname with this number: a listener has one name, and one certificate for it. */}}
{{- define "larder.gateway.listener" -}}
https-{{ . }}
{{- end }}
