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

{{/* What that Job reads. Takes the root. */}}
{{- define "larder.bootstrap.files" -}}
shared.yaml: |
  {{- include "larder.config.shared" . | nindent 2 }}
bootstrap.yaml: |
  store:
    {{- $store := (include "larder.config.role" (dict "root" . "role" "store") | fromYaml).store }}
    {{- pick $store "backend" "dynamodb" | toYaml | nindent 4 }}
{{- range $name, $lines := .Values.bootstrap.seed }}
{{ $name }}: |
  {{- $lines | nindent 2 }}
{{- end }}
{{- end }}

{{/* What that Job does. Takes the root. */}}
{{- define "larder.bootstrap.job" -}}
{{- $role := dict "root" . "role" "bootstrap" -}}
{{- $bootstrap := .Values.bootstrap -}}
backoffLimit: 10
activeDeadlineSeconds: {{ $bootstrap.deadlineSeconds }}
template:
  metadata:
    labels:
      {{- merge (dict) (include "larder.selector" $role | fromYaml) .Values.commonLabels | toYaml | nindent 6 }}
    {{- with .Values.commonAnnotations }}
    annotations:
      {{- toYaml . | nindent 6 }}
    {{- end }}
  spec:
    serviceAccountName: {{ include "larder.component" $role }}
    restartPolicy: OnFailure
    {{- include "larder.pod.common" . | nindent 4 }}
    {{- with include "larder.pod.beside" (dict "root" . "role" "store") }}
    {{- . | trim | nindent 4 }}
    {{- end }}
    containers:
      - name: bootstrap
        {{- include "larder.container" . | nindent 8 }}
        args:
          - bootstrap
          - --role=store
          - --create
          - {{ $bootstrap.createTable }}
          {{- if $bootstrap.readUnits }}
          - --read-units
          - {{ $bootstrap.readUnits | quote }}
          - --write-units
          - {{ $bootstrap.writeUnits | quote }}
          {{- end }}
          {{- range $file, $_ := $bootstrap.seed }}
          - --seed
          - /etc/larder/{{ $file }}
          {{- end }}
        env:
          - name: APP_CONFIG
            value: /etc/larder/shared.yaml:/etc/larder/bootstrap.yaml
          {{- with concat (include "larder.env" $role | fromYamlArray) .Values.store.extraEnv }}
          {{- toYaml . | nindent 10 }}
          {{- end }}
        {{- with concat (include "larder.envFrom" $role | fromYamlArray) .Values.store.extraEnvFrom }}
        envFrom:
          {{- toYaml . | nindent 10 }}
        {{- end }}
        resources:
          {{- toYaml $bootstrap.resources | nindent 10 }}
        volumeMounts:
          - name: config
            mountPath: /etc/larder
            readOnly: true
    volumes:
      - name: config
        configMap:
          name: {{ include "larder.component" $role }}
          defaultMode: 0440
{{- end }}
