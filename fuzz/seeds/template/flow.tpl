{{- define "a" }}{{ .name | quote }}{{ end -}}
{{ range $i, $e := list 1 2 3 }}{{ if gt $e 1 }}{{ template "a" $ }}{{ else }}{{ continue }}{{ end }}{{ end }}
{{ with .password }}{{ . | b64enc | b64dec | toJson }}{{ end }}{{/* done */}}
