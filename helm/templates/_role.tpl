{{/* The objects that both roles have, each as a template over root and role. */}}

{{/* A ConfigMap with what the role alone reads. */}}
{{- define "larder.role.configmap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "larder.metadata" . | nindent 2 }}
data:
  {{ .role }}.yaml: |
    {{- include "larder.config.role" . | nindent 4 }}
{{- end }}

{{- define "larder.role.serviceaccount" -}}
{{- $account := (index .root.Values .role).serviceAccount -}}
{{- if $account.create -}}
{{- $annotations := $account.annotations -}}
{{- if and (eq .role "store") (eq .root.Values.backend "dynamodb") .root.Values.dynamodb.roleArn -}}
{{- $annotations = merge (dict) $annotations (dict "eks.amazonaws.com/role-arn" .root.Values.dynamodb.roleArn) -}}
{{- end -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "larder.metadata" (merge (dict "name" (include "larder.serviceAccount" .) "annotations" $annotations) .) | nindent 2 }}
automountServiceAccountToken: false
{{- end }}
{{- end }}

{{/*
Number of pods. Where an autoscaler decides, the number that runs: a field that one release says and the next one does not is taken
away by Helm, and Kubernetes then means one. Before it has decided anything its least counts as well. Where nothing runs yet, or
nobody can look into the cluster, nothing is said.
*/}}
{{- define "larder.role.replicas" -}}
{{- $values := index .root.Values .role -}}
{{- $name := include "larder.component" . -}}
{{- if not $values.autoscaling.enabled -}}
replicas: {{ $values.replicas }}
{{- else -}}
{{- with lookup "apps/v1" "Deployment" .root.Release.Namespace $name -}}
{{- $least := lookup "autoscaling/v2" "HorizontalPodAutoscaler" $.root.Release.Namespace $name | empty | ternary $values.autoscaling.minReplicas 0 -}}
replicas: {{ max .spec.replicas $least }}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "larder.role.deployment" -}}
{{- $values := index .root.Values .role -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "larder.metadata" (merge (dict "labels" $values.labels "annotations" $values.annotations) .) | nindent 2 }}
spec:
  {{- include "larder.role.replicas" . | nindent 2 }}
  revisionHistoryLimit: 5
  # A pod that came up and can't stay up does not count as a successor.
  minReadySeconds: 3
  strategy:
    type: RollingUpdate
    rollingUpdate:
      {{- toYaml $values.rollingUpdate | nindent 6 }}
  selector:
    matchLabels:
      {{- include "larder.selector" . | nindent 6 }}
  template:
    {{- include "larder.pod" . | nindent 4 }}
{{- end }}

{{/*
Probes and metrics, for Prometheus and nobody else: headless, so that nothing can be balanced or published through it,
and with pods that are not ready, which are the ones to look at.
*/}}
{{- define "larder.role.admin" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "larder.metadata" (merge (dict "name" (printf "%s-admin" (include "larder.component" .)) "labels" (dict "larder/port" "admin")) .) | nindent 2 }}
spec:
  type: ClusterIP
  clusterIP: None
  publishNotReadyAddresses: true
  selector:
    {{- include "larder.selector" . | nindent 4 }}
  ports:
    - name: admin
      port: {{ .port | default (include "larder.port.admin" .role) }}
      targetPort: admin
{{- end }}

{{- define "larder.role.hpa" -}}
{{- $hpa := (index .root.Values .role).autoscaling -}}
{{- if $hpa.enabled -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "larder.metadata" . | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "larder.component" . }}
  minReplicas: {{ $hpa.minReplicas }}
  maxReplicas: {{ $hpa.maxReplicas }}
  metrics:
    {{- with $hpa.cpuPercent }}
    - type: Resource
      resource:
        name: cpu
        target: { type: Utilization, averageUtilization: {{ . }} }
    {{- end }}
    {{- with $hpa.memoryPercent }}
    - type: Resource
      resource:
        name: memory
        target: { type: Utilization, averageUtilization: {{ . }} }
    {{- end }}
    {{- with $hpa.metrics }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with $hpa.behavior }}
  behavior:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}

{{/* How many pods a role has at least. */}}
{{- define "larder.role.atLeast" -}}
{{- $values := index .root.Values .role -}}
{{- if and (eq .role "store") (eq .root.Values.backend "embedded") -}}1
{{- else if $values.autoscaling.enabled -}}{{ $values.autoscaling.minReplicas }}
{{- else -}}{{ $values.replicas }}
{{- end -}}
{{- end }}

{{/* For one pod there is nothing to promise: a budget would only keep its node from being drained. */}}
{{- define "larder.role.pdb" -}}
{{- $pdb := (index .root.Values .role).podDisruptionBudget -}}
{{- if and $pdb.enabled (gt (include "larder.role.atLeast" . | int) 1) -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "larder.metadata" . | nindent 2 }}
spec:
  {{- if kindIs "invalid" $pdb.minAvailable }}
  maxUnavailable: {{ kindIs "invalid" $pdb.maxUnavailable | ternary 1 $pdb.maxUnavailable }}
  {{- else }}
  minAvailable: {{ $pdb.minAvailable }}
  {{- end }}
  # A pod that does not work anyway may always be evicted.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "larder.selector" . | nindent 6 }}
{{- end }}
{{- end }}

{{/* Takes root and role, and may take port (its name). */}}
{{- define "larder.role.servicemonitor" -}}
{{- if include "larder.monitoring" .root -}}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  {{- include "larder.metadata" (merge (dict "labels" .root.Values.monitoring.labels) .) | nindent 2 }}
spec:
  # The job is what the component's Services begin with, such as larder-api.
  selector:
    matchLabels:
      {{- include "larder.selector" . | nindent 6 }}
      larder/port: admin
  namespaceSelector:
    matchNames: [{{ .root.Release.Namespace }}]
  endpoints:
    - port: admin
      path: /metrics
      {{- with .root.Values.monitoring.interval }}
      interval: {{ . }}
      {{- end }}
      {{- with .root.Values.monitoring.scrapeTimeout }}
      scrapeTimeout: {{ . }}
      {{- end }}
      relabelings:
        - targetLabel: job
          replacement: larder-{{ .role }}
        # A store that starts anew has another address and is the same: what it did before counts.
        - sourceLabels: [__meta_kubernetes_pod_name]
          targetLabel: instance
{{- end }}
{{- end }}

{{/* Whether there are objects for the Prometheus operator. */}}
{{- define "larder.monitoring" -}}
{{- $enabled := .Values.monitoring.enabled -}}
{{- if eq (toString $enabled) "auto" -}}
{{- if .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" }}true{{ end -}}
{{- else if $enabled -}}true
{{- end -}}
{{- end }}
