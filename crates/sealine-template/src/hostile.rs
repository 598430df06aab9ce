//! Templates that mean harm: each ends with an error within its budget, on a small stack.

use crate::{
    Budget, ErrorKind, FileId, Map, MapType, Options, Rendered, Set, TemplateError, Value, execute,
    parse,
};

/// Runs a template on the stack a thread of the engine has.
fn run(text: &str, options: Options) -> Result<Rendered, Box<TemplateError>> {
    let text = text.to_owned();
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let handle = thread.spawn(move || {
        let data = Map::new(MapType::Text);
        data.set("secret", Value::from("hunter2"));
        data.set("big", Value::from("a".repeat(100_000)));
        let template = parse("t", text, options.functions)?;
        execute(&Set::of(FileId(0), template), "t", &data.into(), &options)
    });
    handle.expect("a thread").join().expect("no panic")
}

#[track_caller]
fn stops(text: &str, options: Options, kind: ErrorKind) {
    let error = match run(text, options) {
        Ok(rendered) => panic!("{text:.60}: {rendered:?}"),
        Err(error) => error,
    };
    assert_eq!(error.kind, kind, "{text:.60}: {error}");
    assert!(!error.to_string().contains("hunter"), "{error}");
}

#[test]
fn endless_loops_run_out_of_steps() {
    for text in [
        "{{range 1000000000}}{{end}}",
        "{{range 1000000}}{{range 1000000}}{{end}}{{end}}",
        "{{range 1000000000}}x{{end}}",
        "{{ range 100000000 }}{{ $x := regexMatch \"(a+)+$\" $.big }}{{ end }}",
        "{{ range 1000000000 }}{{ $x := genPrivateKey \"rsa\" }}{{ end }}",
        "{{ range 1000000000 }}{{ $x := bcrypt \"x\" }}{{ end }}",
        "{{ range 1000000000 }}{{ $x := upper $.big }}{{ end }}",
        "{{ range 1000000000 }}{{ $x := sha256sum $.big }}{{ end }}",
        "{{ range 1000000000 }}{{ $x := $.big | fromYaml }}{{ end }}",
        "{{ range 5 }}{{ $x := regexReplaceAll \"a\" $.big \"\" }}{{ end }}",
        "{{ range 5 }}{{ $x := regexReplaceAllLiteral \"a\" $.big \"\" }}{{ end }}",
        "{{ range 5 }}{{ $x := replace \"a\" \"\" $.big }}{{ end }}",
        "{{ $x := regexFindAll \".*[^a-z]|[a-z]\" .big 20000 }}",
        "{{ $x := regexReplaceAll \"a\" (trunc 20000 .big) (repeat 5000 \"$x\") }}",
    ] {
        // Fewer steps than the default, since tests are not optimised.
        let budget = Budget { steps: 1 << 17, ..Budget::secret() };
        stops(text, Options { budget, ..Options::eso() }, ErrorKind::Budget);
    }
}

#[test]
fn large_results_are_refused_before_they_are_made() {
    for text in [
        "{{range until 1000000000}}{{end}}",
        "{{ $x := untilStep 0 9223372036854775807 1 }}",
        "{{ seq 1 1000000000 }}",
        "{{ randAlphaNum 100000000 }}",
        "{{ \"x\" | repeat 2000000000 }}",
        "{{ \"x\" | indent 2000000000 }}",
        "{{ printf \"%2000000d\" 1 }}{{ printf \"%1000000s%1000000s%1000000s\" 1 2 3 }}",
        "{{ range 100 }}{{ printf \"%999999d\" . }}{{ end }}",
        "{{ replace \"a\" .big .big }}",
        "{{ replace \"\" .big .big }}",
        "{{ regexReplaceAll \"a\" .big .big }}",
        "{{ regexReplaceAll \"a+\" .big (repeat 100000 \"$0\") }}",
        "{{ $x := \"aaaaaaaaaaaaaaaa\" }}{{ range 30 }}{{ $x = printf \"%s%s\" $x $x }}{{ end }}{{ $x }}",
        "{{ $x := list 1 2 }}{{ range 60 }}{{ $x = concat $x $x }}{{ end }}",
        "{{ $x := list 1 2 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ toJson $x }}",
        "{{ $x := list 1 2 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ $x }}",
        "{{ $x := list 1 2 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ toYaml $x }}",
        "{{ $x := list 1 2 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ $y := deepCopy $x }}",
        "{{ wrapWith 1 .big .big }}",
        "{{ join .big (until 100) }}",
        "{{ range 100 }}{{ $.big }}{{ end }}",
    ] {
        stops(text, Options::eso(), ErrorKind::Budget);
    }
}

#[test]
fn what_is_found_is_counted_once() {
    for (text, expected) in [
        ("{{ len (replace \"aa\" \"123456789012345678\" .big) }}", "900000"),
        ("{{ replace \"aa\" \"b\" \"aaaaa\" }}", "bba"),
        ("{{ splitList \"aa\" \"aaaaa\" }}", "[  a]"),
        ("{{ (splitn \"aa\" 2 \"aaaaa\")._1 }}", "aaa"),
        ("{{ (splitn \"\" 2 \"äbc\")._1 }}", "bc"),
        ("{{ contains \"\" \"\" }} {{ contains \"aab\" \"aaab\" }}", "true true"),
    ] {
        let rendered = run(text, Options::eso()).expect("few steps");
        assert_eq!(rendered.text, expected, "{text}");
    }
}

#[test]
fn recursion_is_limited() {
    let define = "{{ define \"a\" }}";
    for text in [
        format!("{define}{{{{ template \"a\" . }}}}{{{{ end }}}}{{{{ template \"a\" . }}}}"),
        format!("{define}{{{{ include \"a\" . }}}}{{{{ end }}}}{{{{ include \"a\" . }}}}"),
        format!(
            "{define}{{{{ if true }}}}{{{{ with 1 }}}}{{{{ range 1 }}}}{{{{ print (print (print (include \"a\" (dict \"x\" (list .))))) }}}}{{{{ end }}}}{{{{ end }}}}{{{{ end }}}}{{{{ end }}}}{{{{ include \"a\" . }}}}"
        ),
        "{{ $_ := set . \"x\" 1 }}".to_owned(),
    ] {
        let kind = if text.contains("define") { ErrorKind::Budget } else { ErrorKind::Execute };
        stops(&text, Options::helm(), kind);
    }
    // Each `tpl` runs the text it was given, which is its own.
    stops(
        "{{ $s := \"{{ tpl .s . }}\" }}{{ tpl $s (dict \"s\" $s) }}",
        Options::helm(),
        ErrorKind::Budget,
    );
}

#[test]
fn maps_that_hold_themselves_are_an_error() {
    let cycle = "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ $_ := set $d \"e\" $d }}";
    for rest in [
        "{{ $d }}",
        "{{ toJson $d }}",
        "{{ toYaml $d }}",
        "{{ printf \"%s\" $d }}",
        "{{ $x := deepCopy $d }}",
        "{{ $e := dict }}{{ $_ := set $e \"d\" $e }}{{ $_ := set $e \"e\" $e }}{{ deepEqual $d $e }}",
        "{{ $e := dict }}{{ $_ := set $e \"d\" $e }}{{ $_ := set $e \"e\" $e }}{{ $x := merge $e $d }}",
    ] {
        stops(&format!("{cycle}{rest}"), Options::eso(), ErrorKind::Budget);
    }
}

#[test]
fn deep_texts_are_refused() {
    for text in [
        format!("{}{}", "{{ if true }}".repeat(20_000), "{{ end }}".repeat(20_000)),
        format!("{{{{ {}1{} }}}}", "(".repeat(20_000), ")".repeat(20_000)),
        format!("{{{{ {} }}}}", "(print ".repeat(20_000)),
        "{{ range 1 }}".repeat(20_000),
        "{{ define \"a\" }}".repeat(20_000),
        "{{ block \"a\" . }}".repeat(20_000),
    ] {
        stops(&text, Options::go(), ErrorKind::Parse);
    }
    let chain = format!("{{{{ if false }}}}{}{{{{ end }}}}", "{{ else if false }}x".repeat(20_000));
    assert!(run(&chain, Options::go()).is_ok());
    let json = format!("{{{{ `{}` | mustFromJson }}}}", "[".repeat(100_000));
    stops(&json, Options::eso(), ErrorKind::Execute);
    let yaml = format!("{{{{ `{}` | fromYaml | toJson }}}}", "[".repeat(100_000));
    assert!(run(&yaml, Options::eso()).is_ok());
}

#[test]
fn the_deepest_allowed_nesting_fits_the_stack() {
    let nested = |depth: usize| {
        format!("{}1{}", "{{ if (print (print 1)) }}".repeat(depth), "{{ end }}".repeat(depth))
    };
    let options =
        Options { budget: Budget { depth: 10_000, ..Budget::chart() }, ..Options::helm() };
    assert!(run(&nested(30), options).is_ok());
    // The default depth, reached through the most expensive frames.
    let text = "{{ define \"a\" }}{{ range $k, $v := dict \"x\" 1 }}{{ print (tpl \"{{ include \\\"a\\\" . }}\" .) }}{{ end }}{{ end }}{{ include \"a\" . }}";
    stops(text, Options::helm(), ErrorKind::Budget);
}

#[test]
fn regular_expressions_are_bounded() {
    assert!(run("{{ regexMatch \"(a+)+$\" .big }}", Options::eso()).is_ok());
    stops("{{ regexFind \"((a{1,30}){1,30}){1,30}\" .big }}", Options::eso(), ErrorKind::Budget);
    stops(
        "{{ regexFind \"((((((a{1,100}){1,100}){1,100}){1,100}){1,100}){1,100})\" \"x\" }}",
        Options::eso(),
        ErrorKind::Budget,
    );
}

#[test]
fn wrong_uses_are_errors_not_panics() {
    for text in [
        "{{ repeat -1 \"x\" }}",
        "{{ index (list 1) 5 }}",
        "{{ index (list 1) -1 }}",
        "{{ slice \"abc\" 2 1 }}",
        "{{ substr 5 2 \"abc\" }}",
        "{{ (fromJson \"null\").a.b.c }}",
        "{{ div 1 0 }}",
        "{{ mod 1 0 }}",
        "{{ chunk 0 (list 1) }}",
        "{{ first nil }}",
        "{{ indent -1 \"a\" }}",
        "{{ dig \"a\" 1 }}",
        "{{ deepCopy nil }}",
        "{{ dateModify \"1h\" 1 }}",
        "{{ randInt 5 1 }}",
    ] {
        stops(text, Options::eso(), ErrorKind::Execute);
    }
    for text in [
        "{{ trunc -9223372036854775808 \"abc\" }}",
        "{{ div -9223372036854775808 -1 }}",
        "{{ mod -9223372036854775808 -1 }}",
        "{{ untilStep 9223372036854775807 -9223372036854775808 0 }}",
        "{{ untilStep 0 10 -9223372036854775808 }}",
        "{{ seq 9223372036854775807 9223372036854775807 }}",
        "{{ round 1.5 9223372036854775807 }}",
        "{{ date \"2006\" 9223372036854775807 }}",
        "{{ ago -9223372036854775808 }}",
        "{{ duration 9223372036854775807 }}",
        "{{ int64 1e300 }}{{ int \"9999999999999999999\" }}",
        "{{ abbrev 9223372036854775807 \"abc\" }}{{ abbrevboth -9223372036854775808 9223372036854775807 \"abc\" }}",
        "{{ abbrevboth 9223372036854775807 10 .big }}",
        "{{ splitn \",\" -1 \"a,b\" }}{{ wrap -5 \"a b\" }}{{ wrap 0 \"a b\" }}",
        "{{ printf \"%[99999999999999999999]d %.*d %*d\" 1 -1 2 }}",
        "{{ b64dec \"=\" }}{{ b64dec \"====\" }}{{ b32dec \"=\" }}{{ b64dec \"a\" }}",
        "{{ urlParse \"://%zz\" | default \"x\" | len | lt 0 }}",
        "{{ durationRound \"-9999999999h\" }}",
    ] {
        if let Err(error) = run(text, Options::eso()) {
            assert_eq!(error.kind, ErrorKind::Execute, "{text}: {error}");
        }
    }
}

#[test]
fn functions_that_reach_outside_are_not_defined() {
    for text in [
        "{{ env \"PATH\" }}",
        "{{ expandenv \"$PATH\" }}",
        "{{ getHostByName \"a\" }}",
        "{{ getSecretKey \"a\" }}",
    ] {
        stops(text, Options::eso(), ErrorKind::Parse);
    }
    stops("{{ env \"PATH\" }}", Options::helm(), ErrorKind::Parse);
}

#[test]
fn errors_show_no_value() {
    for (text, kind) in [
        ("{{ fail .secret }}", ErrorKind::Refused),
        ("{{ fail (printf \"bad %s\" .secret) }}", ErrorKind::Refused),
        ("{{ mustToDate \"2006\" .secret }}", ErrorKind::Execute),
        ("{{ mustRegexMatch (printf \"(%s\" .secret) \"x\" }}", ErrorKind::Execute),
        ("{{ semver .secret }}", ErrorKind::Execute),
        ("{{ mustFromJson .secret }}", ErrorKind::Execute),
        ("{{ range .secret }}{{ end }}", ErrorKind::Execute),
        ("{{ index . .secret 1 2 }}", ErrorKind::Execute),
        ("{{ index (list 1) .secret }}", ErrorKind::Execute),
        ("{{ add1 (index (list 1) (len .secret)) }}", ErrorKind::Execute),
        ("{{ .secret.x }}", ErrorKind::Execute),
        ("{{ eq (list .secret) (list .secret) }}", ErrorKind::Execute),
        ("{{ urlParse (printf \":%s\" .secret) }}", ErrorKind::Execute),
        ("{{ urlJoin (dict \"host\" (list .secret)) }}", ErrorKind::Execute),
    ] {
        stops(text, Options::eso(), kind);
    }
    stops("{{ tpl (printf \"{{ %s }}\" .secret) . }}", Options::helm(), ErrorKind::Parse);
    stops("{{ tpl (printf \"{{ fail `%s` }}\" .secret) . }}", Options::helm(), ErrorKind::Refused);
    stops(
        "{{ tpl (printf \"{{ upper 1 `%s` }}\" .secret) . }}",
        Options::helm(),
        ErrorKind::Execute,
    );
    stops("{{ include .secret . }}", Options::helm(), ErrorKind::Execute);
    let error =
        run("{{ fail (printf \"bad %s\" .secret) }}", Options::eso()).expect_err("a refusal");
    assert!(error.message.contains("bad …"), "{error}");
}
