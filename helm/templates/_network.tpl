{{/* Pieces of network policies. Each role's policy says who may come in, and where it may go. */}}

{{- define "larder.net.policy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "larder.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "larder.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
{{- end }}

{{/* Peers: the pods of these components. Takes root and roles. */}}
{{- define "larder.net.pods" -}}
{{- range .roles }}
- podSelector:
    matchLabels:
      {{- include "larder.selector" (dict "root" $.root "role" .) | nindent 6 }}
{{- end }}
{{- end }}

{{/* Namespaces whose pods may call the api, as a list in JSON: those of the values, and of the gateways that its route joins. */}}
{{- define "larder.net.callers" -}}
{{- $namespaces := .Values.networkPolicy.api.fromNamespaces -}}
{{- if .Values.gateway.enabled -}}
{{- range .Values.gateway.parentRefs -}}
{{- $namespaces = append $namespaces .namespace -}}
{{- end -}}
{{- end -}}
{{- $namespaces | uniq | compact | toJson -}}
{{- end }}

{{/* Metrics, for Prometheus alone. (Probes come from the node itself, which no policy keeps out.) Takes root and port. */}}
{{- define "larder.net.metrics" -}}
{{- with .root.Values.networkPolicy.monitoringNamespaces }}
- from:
    {{- range . }}
    - namespaceSelector:
        matchLabels: { kubernetes.io/metadata.name: {{ . }} }
    {{- end }}
  ports:
    - { protocol: TCP, port: {{ $.port }} }
{{- end }}
{{- end }}

{{/* Takes the root. */}}
{{- define "larder.net.dns" -}}
{{- $dns := .Values.networkPolicy.dns -}}
- to:
    - namespaceSelector:
        matchLabels: { kubernetes.io/metadata.name: {{ $dns.namespace }} }
      podSelector:
        matchLabels:
          {{- toYaml $dns.podLabels | nindent 10 }}
    {{- range $dns.cidrs }}
    - ipBlock: { cidr: {{ . }} }
    {{- end }}
  ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
{{- end }}

{{/* The same of IPv6, where pods have such addresses. */}}
{{- define "larder.net.twins" -}}
0.0.0.0/0: "::/0"
169.254.170.23/32: fd00:ec2::23/128
{{- end }}

{{/* Addresses at one port. Takes root, cidrs and port. */}}
{{- define "larder.net.to" -}}
{{- $twins := hasPrefix "[" .root.Values.listenAddress | ternary (include "larder.net.twins" . | fromYaml) dict -}}
{{- if .cidrs -}}
- to:
    {{- range .cidrs }}
    - ipBlock: { cidr: {{ . | quote }} }
    {{- with get $twins . }}
    - ipBlock: { cidr: {{ . | quote }} }
    {{- end }}
    {{- end }}
  ports:
    - { protocol: TCP, port: {{ .port }} }
{{- end }}
{{- end }}

{{/* What the values add for whoever goes outside. Takes the root. */}}
{{- define "larder.net.extra" -}}
{{- with .Values.networkPolicy.extraEgress -}}
{{- toYaml . }}
{{- end }}
{{- end }}

{{/* The port of a URL. */}}
{{- define "larder.net.port" -}}
{{- $url := urlParse . -}}
{{- regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (eq $url.scheme "http" | ternary "80" "443") -}}
{{- end }}

{{- define "larder.net.otlp" -}}
{{- if .Values.tracing.endpoint -}}
- to:
    {{- if .Values.networkPolicy.otlpTo }}
    {{- toYaml .Values.networkPolicy.otlpTo | nindent 4 }}
    {{- else }}
    - namespaceSelector: {}
    {{- end }}
  ports:
    - { protocol: TCP, port: {{ include "larder.net.port" .Values.tracing.endpoint }} }
{{- end }}
{{- end }}

{{/* DynamoDB, wherever it is, and what gives credentials for it. */}}
{{- define "larder.net.dynamodb" -}}
{{- if eq .Values.backend "dynamodb" }}
{{- if .Values.dynamodb.local.enabled }}
- to:
    {{- include "larder.net.pods" (dict "root" . "roles" (list "dynamodb-local")) | trim | nindent 4 }}
  ports:
    - { protocol: TCP, port: 8000 }
{{- else }}
{{- $port := .Values.dynamodb.endpoint | empty | ternary "443" (include "larder.net.port" .Values.dynamodb.endpoint) }}
{{- if ne $port "443" }}
{{ include "larder.net.to" (dict "root" . "cidrs" .Values.networkPolicy.awsCidrs "port" $port) }}
{{- end }}
{{ include "larder.net.aws" . }}
{{- end }}
{{- end }}
{{- end }}

{{/* AWS itself, and the agent of Pod Identity. */}}
{{- define "larder.net.aws" -}}
{{ include "larder.net.to" (dict "root" . "cidrs" .Values.networkPolicy.awsCidrs "port" 443) }}
{{ include "larder.net.to" (dict "root" . "cidrs" (list "169.254.170.23/32") "port" 80) }}
{{- end }}
