{{ $d := dict "a" .a "b" (list 1 2.5 "x") }}{{ $_ := set $d "c" (printf "%05d|%q|%v" 42 .name true) }}{{ toYaml $d | nindent 2 }}{{ $d | toJson | fromJson | keys | sortAlpha | join "," }}
