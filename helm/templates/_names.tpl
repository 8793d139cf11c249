{{/* Names and labels: the one place that makes them. */}}

{{- define "larder.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* 40 characters leave room for what is added, up to the names of pods. */}}
{{- define "larder.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "larder.name" . -}}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- $full | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{/* Name of a component: `<release>-api`. Services of a role are `<role>` (traffic) and `<role>-admin` (probes, metrics). */}}
{{- define "larder.component" -}}
{{- printf "%s-%s" (include "larder.fullname" .root) .role -}}
{{- end }}

{{/* A Service's name in DNS, whole but for the cluster's domain. */}}
{{- define "larder.host" -}}
{{- printf "%s.%s.svc" (include "larder.component" .) .root.Release.Namespace -}}
{{- end }}

{{/* What never changes for a component, and so can select its pods. */}}
{{- define "larder.selector" -}}
app.kubernetes.io/name: {{ include "larder.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end }}

{{/* Labels of objects. Those with a version stay out of pods: a new chart alone restarts nobody. */}}
{{- define "larder.labels" -}}
{{ include "larder.selector" . }}
app.kubernetes.io/part-of: {{ include "larder.name" .root }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | trunc 63 | quote }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/*
Metadata of an object: name (default: the component's), labels, annotations.
Takes root, role, and may take name, labels and annotations (dicts; the later over the common ones).
*/}}
{{- define "larder.metadata" -}}
name: {{ .name | default (include "larder.component" .) }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- merge (dict) (.labels | default dict) (include "larder.labels" . | fromYaml) .root.Values.commonLabels | toYaml | nindent 2 }}
{{- with merge (dict) (.annotations | default dict) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The tag that runs where no digest does. A release pushes its version behind a `v`: scripts/release. */}}
{{- define "larder.tag" -}}
{{- .Values.image.tag | default (printf "v%s" .Chart.AppVersion) -}}
{{- end }}

{{- define "larder.image" -}}
{{- $image := .Values.image -}}
{{- /* The parent's comes first: what a release has filled in must not keep anybody from a mirror. */ -}}
{{- $registry := dig "imageRegistry" "" .Values.global | default $image.registry -}}
{{- with $registry }}{{ printf "%s/" (trimSuffix "/" .) }}{{ end -}}
{{- $image.repository -}}
{{- if $image.digest -}}
@{{ $image.digest }}
{{- else -}}
:{{ include "larder.tag" . }}
{{- end -}}
{{- end }}

{{- define "larder.serviceAccount" -}}
{{- $account := (index .root.Values .role).serviceAccount -}}
{{- if $account.create -}}
{{- $account.name | default (include "larder.component" .) -}}
{{- else -}}
{{- $account.name | default "default" -}}
{{- end -}}
{{- end }}

{{/* Ports, by role. `app contract` has the same numbers, and a check compares them. */}}
{{- define "larder.port.traffic" -}}
{{- eq . "api" | ternary 8080 8081 -}}
{{- end }}
{{- define "larder.port.admin" -}}
{{- eq . "api" | ternary 9080 9081 -}}
{{- end }}

{{/* `http` for what callers speak, `store` between the roles: the name in the SRV record. */}}
{{- define "larder.port.name" -}}
{{- eq . "api" | ternary "http" "store" -}}
{{- end }}
