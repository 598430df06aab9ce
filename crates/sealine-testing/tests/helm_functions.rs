//! The functions that charts may call: the table of the real Helm, name by name.

#![expect(clippy::disallowed_methods, reason = "these tests run a peer")]

use std::fmt::Write as _;
use std::process::Command;

use sealine_template::Functions;
use sealine_testing::peers::peer;
use sealine_testing::tree::Tree;

/// What Helm 3.19 has: sprig's functions, its own, and those of Go.
const NAMES: &str = "
abbrev abbrevboth add add1 add1f addf adler32sum ago all and any append atoi b32dec b32enc
b64dec b64enc base bcrypt biggest buildCustomCert call camelcase cat ceil chunk clean coalesce
compact concat contains date dateInZone dateModify date_in_zone date_modify decryptAES deepCopy
deepEqual default derivePassword dict dig dir div divf duration durationRound empty encryptAES
eq ext fail first float64 floor fromJson fromJsonArray fromToml fromYaml fromYamlArray ge genCA
genCAWithKey genPrivateKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert
genSignedCertWithKey get getHostByName gt has hasKey hasPrefix hasSuffix hello html htmlDate
htmlDateInZone htpasswd include indent index initial initials int int64 isAbs join js kebabcase
keys kindIs kindOf last le len list lookup lower lt max maxf merge mergeOverwrite min minf mod
mul mulf mustAppend mustChunk mustCompact mustDateModify mustDeepCopy mustFirst mustFromJson
mustHas mustInitial mustLast mustMerge mustMergeOverwrite mustPrepend mustRegexFind
mustRegexFindAll mustRegexMatch mustRegexReplaceAll mustRegexReplaceAllLiteral mustRegexSplit
mustRest mustReverse mustSlice mustToDate mustToJson mustToPrettyJson mustToRawJson mustUniq
mustWithout must_date_modify ne nindent nospace not now omit or osBase osClean osDir osExt
osIsAbs pick pluck plural prepend push mustPush print printf println quote randAlpha randAlphaNum randAscii
randBytes randInt randNumeric regexFind regexFindAll regexMatch regexQuoteMeta regexReplaceAll
regexReplaceAllLiteral regexSplit repeat replace required rest reverse round semver
semverCompare seq set sha1sum sha256sum sha512sum shuffle slice snakecase sortAlpha split
splitList splitn squote sub subf substr swapcase ternary title toDate toDecimal toJson
toPrettyJson toRawJson toString toStrings toToml toYaml toYamlPretty tpl trim trimAll trimPrefix
trimSuffix trimall trunc tuple typeIs typeIsLike typeOf uniq unixEpoch unset until untilStep
untitle upper urlJoin urlParse urlquery uuidv4 values without wrap wrapWith
";

#[test]
fn the_table_has_the_names_of_helms() {
    let mut own: Vec<&str> = Functions::helm().all().map(|function| function.name).collect();
    own.sort_unstable();
    own.dedup();
    let mut names: Vec<&str> = NAMES.split_whitespace().collect();
    names.sort_unstable();
    let lacking: Vec<&&str> = names.iter().filter(|name| !own.contains(name)).collect();
    let more: Vec<&&str> = own.iter().filter(|name| !names.contains(name)).collect();
    assert!(lacking.is_empty() && more.is_empty(), "lacking {lacking:?}, too many {more:?}");
}

/// Helm refuses a name that it has not when it parses, before anything is carried out.
#[test]
fn helm_has_these_names() {
    let Some(helm) = peer("helm") else { return };
    let parses = |names: &str| {
        let mut text = String::new();
        for name in names.split_whitespace() {
            let _ = writeln!(text, "{{{{ if false }}}}{{{{ {name} }}}}{{{{ end }}}}");
        }
        let tree = Tree::new(&format!(
            "//- chart/Chart.yaml\napiVersion: v2\nname: c\nversion: 1.0.0\n//- chart/templates/all.txt\n{text}"
        ));
        let chart = tree.root().join("chart");
        Command::new(&helm).arg("template").arg(chart).output().unwrap().status.success()
    };
    assert!(parses(NAMES));
    assert!(!parses("env"));
    assert!(Functions::helm().get("env").is_none());
}
