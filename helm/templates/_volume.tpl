{{/* A claim: takes root, role, name and volume (its values). */}}
{{- define "larder.claim" -}}
{{- $keep := .volume.keep | ternary (dict "helm.sh/resource-policy" "keep") (dict) -}}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  {{- include "larder.metadata" (merge (dict "annotations" (merge (dict) .volume.annotations $keep)) .) | nindent 2 }}
spec:
  accessModes:
    {{- toYaml .volume.accessModes | nindent 4 }}
  {{- with .volume.storageClass }}
  storageClassName: {{ . }}
  {{- end }}
  {{- with .volume.dataSource }}
  dataSource:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  resources:
    requests:
      storage: {{ .volume.size }}
{{- end }}

{{/* The claim of the embedded database. Takes the root. */}}
{{- define "larder.store.claim" -}}
{{- .Values.embedded.volume.existingClaim | default (printf "%s-store-data" (include "larder.fullname" .)) -}}
{{- end }}
