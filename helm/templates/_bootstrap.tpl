{{/* The Job that checks or makes the table. */}}

{{- define "larder.bootstrap" -}}
{{- if and (eq .Values.backend "dynamodb") .Values.bootstrap.enabled -}}true{{- end -}}
{{- end }}

{{/*
Before anything else of a release, so that pods find their table: a hook. The DynamoDB Local of a trial is part of the release
itself and comes later; there the Job is part of it too, and tries until the table is there. What failed is kept, to be looked at.
Takes root and weight.
*/}}
{{- define "larder.bootstrap.hook" -}}
{{- if not .root.Values.dynamodb.local.enabled -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
{{- end }}
