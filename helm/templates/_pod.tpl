{{/*
The pod of both roles: the role is all that differs. Takes root and role, and may take volumes, mounts (lists) for what
only one has.
*/}}
{{- define "larder.pod" -}}
{{- $values := index .root.Values .role -}}
metadata:
  labels:
    {{- merge (dict) (include "larder.selector" . | fromYaml) $values.podLabels .root.Values.commonLabels | toYaml | nindent 4 }}
  annotations:
    {{- /* Exactly the files that this role reads at its start. Certificates and keys are reloaded, and so are not in it. */}}
    checksum/config: {{ printf "%s\n%s" (include "larder.config.shared" .root) (include "larder.config.role" .) | sha256sum }}
    {{- with merge (dict) $values.podAnnotations .root.Values.commonAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "larder.serviceAccount" . }}
  {{- include "larder.pod.common" .root | nindent 2 }}
  terminationGracePeriodSeconds: {{ include "larder.graceSeconds" .root }}
  {{- with $values.extraInitContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: {{ .role }}
      {{- include "larder.container" .root | nindent 6 }}
      args: ["--role={{ .role }}"]
      env:
        - name: APP_CONFIG
          value: /etc/larder/shared.yaml:/etc/larder/{{ .role }}.yaml
        {{- with concat (include "larder.env" . | fromYamlArray) $values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with concat (include "larder.envFrom" . | fromYamlArray) $values.extraEnvFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - name: {{ include "larder.port.name" .role }}
          containerPort: {{ include "larder.port.traffic" .role }}
        - name: admin
          containerPort: {{ include "larder.port.admin" .role }}
      {{- include "larder.probes" . | nindent 6 }}
      resources:
        {{- toYaml $values.resources | nindent 8 }}
      volumeMounts:
        - name: config
          mountPath: /etc/larder
          readOnly: true
        {{- with concat (.mounts | default list) $values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    {{- with $values.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    - name: config
      {{- include "larder.pod.config" . | nindent 6 }}
    {{- with concat (.volumes | default list) $values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- include "larder.pod.placing" . | trim | nindent 2 }}
{{- end }}

{{/*
Everything that a role reads, as one volume whose files change together. No subPath: what is mounted so never changes
again, and certificates and keys have to.
*/}}
{{- define "larder.pod.config" -}}
projected:
  defaultMode: 0440
  sources:
    - configMap:
        name: {{ include "larder.fullname" .root }}-shared
    - configMap:
        name: {{ include "larder.component" . }}
    {{- if .root.Values.tls.enabled }}
    - secret:
        name: {{ include "larder.tls.secret" . }}
        items:
          - { key: ca.crt, path: tls/ca.pem }
          - { key: tls.crt, path: tls/tls.pem }
          - { key: tls.key, path: tls/tls.key }
    {{- end }}
    {{- if eq .role "api" }}
    - secret:
        name: {{ include "larder.apiSecret" .root }}
        items:
          - { key: {{ .root.Values.apiSecret.key }}, path: secrets/api-secret }
    {{- with include "larder.keys" .root }}
    - secret:
        name: {{ . }}
        items:
          - { key: keys.toml, path: secrets/keys.toml }
    {{- end }}
    {{- with .root.Values.api.https.secretName }}
    - secret:
        name: {{ . }}
        items:
          - { key: tls.crt, path: https/tls.pem }
          - { key: tls.key, path: https/tls.key }
    {{- end }}
    {{- end }}
{{- end }}

{{/* By HTTP and on the admin port, which answers also while the traffic port is full. */}}
{{- define "larder.probes" -}}
# Up to a minute for the process to come up; the others wait for this one. Opening data takes place after it.
startupProbe:
  httpGet: { path: /startupz, port: admin }
  periodSeconds: 1
  timeoutSeconds: 2
  failureThreshold: 60
# Looks at nothing but the process itself: a slow store or a long queue never ends in a restart.
livenessProbe:
  httpGet: { path: /livez, port: admin }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
{{- if eq .role "api" }}
# Until a store has answered once: a rollout with settings that lead to none stops. From then on whether nobody said stop. An api
# that has lost its store stays in its Service, as all of them lose it at once: it answers 503 with Retry-After, and is counted.
readinessProbe:
  httpGet: { path: "/readyz?probe=once", port: admin }
{{- else }}
# Whether the data answers within a second, and nobody said stop.
readinessProbe:
  httpGet: { path: /readyz, port: admin }
{{- end }}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 3
{{- end }}

{{/* What every pod of the chart has. Takes the root. */}}
{{- define "larder.pod.common" -}}
{{- /* Nobody speaks to the Kubernetes API; IRSA and Pod Identity bring tokens of their own. */ -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with concat .Values.image.pullSecrets (dig "imagePullSecrets" list .Values.global) | uniq }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{/* What every container with our image has. Takes the root. */}}
{{- define "larder.container" -}}
image: {{ include "larder.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
{{- end }}

{{/* Which nodes take the pods of a role, and how those treat them. Takes root and role. */}}
{{- define "larder.pod.nodes" -}}
{{- $values := index .root.Values .role -}}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $values.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/*
The same for a pod that is none of the role's and works for it, or asks it. What the role says of other pods is for its own
alone: a bootstrap that had to keep away from every store could find no node, and hold an upgrade up. Takes root and role.
*/}}
{{- define "larder.pod.beside" -}}
{{- include "larder.pod.nodes" . }}
{{- with (index .root.Values .role).affinity.nodeAffinity }}
affinity:
  nodeAffinity:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end }}

{{/* Where a pod of a role runs. Takes root and role. */}}
{{- define "larder.pod.placing" -}}
{{- $values := index .root.Values .role -}}
{{- include "larder.pod.nodes" . }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
{{- if $values.topologySpreadConstraints }}
  {{- toYaml $values.topologySpreadConstraints | nindent 2 }}
{{- else }}
  {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "larder.selector" $ | nindent 8 }}
  {{- end }}
{{- end }}
{{- end }}
