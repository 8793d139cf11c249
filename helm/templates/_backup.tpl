{{/* Backups of the embedded database, and the way back. */}}

{{- define "larder.backup" -}}
{{- if and (eq .Values.backend "embedded") .Values.embedded.backup.enabled -}}true{{- end -}}
{{- end }}

{{/* The admin port of the store, which no policy opens but for these Jobs and Prometheus. */}}
{{- define "larder.backup.admin" -}}
http://{{ include "larder.component" (dict "root" . "role" "store") }}-admin.{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}:{{ include "larder.port.admin" "store" }}
{{- end }}

{{- define "larder.backup.claim" -}}
{{- .Values.embedded.backup.volume.existingClaim | default (printf "%s-backups" (include "larder.fullname" .)) -}}
{{- end }}

{{/*
The container that writes a backup into the volume `backups`. Takes root and, for a Job of the release itself, folder: where on
a volume that stays its files lie. The newest are counted by folder, so that a day of upgrades pushes out no night's.
*/}}
{{- define "larder.backup.container" -}}
{{- $backup := .root.Values.embedded.backup -}}
name: backup
{{ include "larder.container" .root }}
args:
  - backup
  - --quiet
  - --admin
  - {{ include "larder.backup.admin" .root }}
  - --output
  - /backups/$(POD).backup
  {{- if eq $backup.target "volume" }}
  - --keep
  - {{ $backup.keep | quote }}
  {{- end }}
env:
  # Each backup has a file of its own. A Job's name would come again with the same release, and a good file would give way to
  # one of a store that had lost everything.
  - name: POD
    valueFrom:
      fieldRef: { fieldPath: metadata.name }
resources:
  {{- toYaml $backup.resources | nindent 2 }}
volumeMounts:
  - name: backups
    mountPath: /backups
    {{- if and .folder (eq $backup.target "volume") }}
    subPath: {{ .folder }}
    {{- end }}
{{- end }}

{{/* The container that carries it to storage that speaks S3. */}}
{{- define "larder.backup.upload" -}}
{{- $s3 := .Values.embedded.backup.s3 -}}
name: upload
image: {{ $s3.image }}
imagePullPolicy: IfNotPresent
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
args: [copy, /backups, ":s3:{{ $s3.bucket }}/{{ $s3.prefix }}", --immutable, --s3-no-check-bucket]
env:
  - { name: RCLONE_CONFIG, value: /dev/null }
  - { name: RCLONE_S3_PROVIDER, value: {{ $s3.endpoint | empty | ternary "AWS" "Other" }} }
  - { name: RCLONE_S3_ENV_AUTH, value: "true" }
  {{- with $s3.region }}
  - { name: RCLONE_S3_REGION, value: {{ . | quote }} }
  {{- end }}
  {{- with $s3.endpoint }}
  - { name: RCLONE_S3_ENDPOINT, value: {{ . | quote }} }
  {{- end }}
{{- with $s3.existingSecret }}
envFrom:
  - secretRef: { name: {{ . }} }
{{- end }}
resources:
  {{- toYaml .Values.embedded.backup.resources | nindent 2 }}
volumeMounts:
  - name: backups
    mountPath: /backups
    readOnly: true
{{- end }}

{{/* What a Job does that makes one backup. Takes root and folder, as its container does. */}}
{{- define "larder.backup.job" -}}
{{- $root := .root -}}
{{- $role := dict "root" $root "role" "backup" -}}
{{- $backup := $root.Values.embedded.backup -}}
# A store that is just starting gets its time.
backoffLimit: 5
activeDeadlineSeconds: {{ $backup.deadlineSeconds }}
template:
  metadata:
    labels:
      {{- merge (dict) (include "larder.selector" $role | fromYaml) $root.Values.commonLabels | toYaml | nindent 6 }}
    {{- with $root.Values.commonAnnotations }}
    annotations:
      {{- toYaml . | nindent 6 }}
    {{- end }}
  spec:
    serviceAccountName: {{ include "larder.component" $role }}
    restartPolicy: Never
    {{- include "larder.pod.common" $root | nindent 4 }}
    {{- with include "larder.pod.beside" (dict "root" $root "role" "store") }}
    {{- . | trim | nindent 4 }}
    {{- end }}
    {{- if eq $backup.target "s3" }}
    initContainers:
      - {{- include "larder.backup.container" . | nindent 8 }}
    containers:
      - {{- include "larder.backup.upload" $root | nindent 8 }}
    volumes:
      - name: backups
        emptyDir: { sizeLimit: {{ $backup.s3.scratchSize }} }
    {{- else }}
    containers:
      - {{- include "larder.backup.container" . | nindent 8 }}
    volumes:
      - name: backups
        persistentVolumeClaim: { claimName: {{ include "larder.backup.claim" $root }} }
    {{- end }}
{{- end }}
