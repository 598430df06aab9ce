postgresql://app:{{ .password | urlquery | replace "+" "%20" }}@db:5432/{{ .name | default "app" }}
