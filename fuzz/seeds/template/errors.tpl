{{ fail .password }}{{ mustToDate "2006" .password }}{{ index (list 1) 5 }}{{ .a.b.c }}{{ repeat 3 "x" }}{{ regexReplaceAll "(a+)+" .name "$1" }}
