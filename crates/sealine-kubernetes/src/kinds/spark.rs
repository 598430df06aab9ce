//! Apache Spark: applications of its operator, and its options in the files of a `ConfigMap`.
//!
//! ```yaml
//! apiVersion: sparkoperator.k8s.io/v1beta2
//! kind: SparkApplication
//! metadata: {name: count}
//! spec:
//!   imagePullSecrets: [registry]
//!   sparkConf: {spark.kubernetes.executor.secretKeyRef.KEY: 's3:secret'}
//!   volumes: [{name: tls, secret: {secretName: tls}}]
//!   driver:
//!     secrets: [{name: keys, path: /keys, secretType: Generic}]
//!     envSecretKeyRefs: {USER: {name: db, key: user}}
//!     env: [{name: PW, valueFrom: {secretKeyRef: {name: db, key: pw}}}]
//! ---
//! apiVersion: sparkoperator.k8s.io/v1beta2
//! kind: ScheduledSparkApplication
//! metadata: {name: nightly}
//! spec: {template: {executor: {envFrom: [{secretRef: {name: login}}]}}}
//! ---
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: defaults}
//! data:
//!   spark-defaults.conf: |
//!     spark.master=k8s://https://kubernetes.default.svc
//!     spark.kubernetes.driver.secretKeyRef.USER=search\:user
//! ```
//!
//! ```text
//! SparkApplication count reads registry in ns at 5 (imagepull)
//! SparkApplication count reads tls in ns at 7 (volume)
//! SparkApplication count reads keys in ns at 9 (field)
//! SparkApplication count reads db[user] in ns at 10 (field)
//! SparkApplication count reads db[pw] in ns at 11 (env PW)
//! SparkApplication count reads s3[secret] in ns at 6 (env KEY)
//! ScheduledSparkApplication nightly reads login in ns at 16 (envFrom)
//! ConfigMap defaults reads search[user] in ns at 24 (env USER, assumed)
//! ```

use sealine_model::kubernetes::{TemplateText, UseKind};
use sealine_model::tree::Tree;
use sealine_model::{Certainty, Facts, SparkSecret, Value, spark_secret};
use sealine_source::{Place, TextRange};

use super::field::{containers, pulls, reads, volumes};
use super::{Kind, path};
use crate::manifest::object::Object;
use crate::manifest::reads::{Read, Reader, note};

const KINDS: &str = "SparkApplication ScheduledSparkApplication";

pub(super) static KIND: Kind = Kind::new(
    &["sparkoperator.k8s.io"],
    &[
        pulls(KINDS, "spec.**.imagePullSecrets[]"),
        volumes(KINDS, "spec.**.volumes[]"),
        reads(KINDS, "spec.**.secrets[]{name}"),
        reads(KINDS, "spec.**.envSecretKeyRefs[]{name,key}"),
        containers(KINDS, "spec.**.driver"),
        containers(KINDS, "spec.**.executor"),
    ],
)
.with(options);

/// Notes the Secrets that the files of a `ConfigMap` give to the pods of Spark, whoever starts them.
pub(crate) fn config_map(object: &Object<'_>, out: &mut Facts) {
    let reader = Reader::of(object, Certainty::Assumed);
    let is_file = |name: &str| {
        name.rsplit_once('.').is_some_and(|(_, end)| matches!(end, "conf" | "properties"))
    };
    let files = object.tree.get("data").map(Tree::entries).unwrap_or_default().iter();
    for entry in files.filter(|entry| is_file(&entry.key)) {
        let Some(file) = TemplateText::of(&entry.key, &entry.value) else { continue };
        let mut start = 0;
        for line in file.text.split_inclusive('\n') {
            let range = TextRange::new(start, start + line.trim_end().len());
            start += line.len();
            let option = line.trim().split_once(['=', ' ', '\t']);
            let named = option
                .and_then(|(name, value)| spark_secret(name, value.trim_start_matches(['=', ' '])));
            if let Some(named) = named {
                note_option(&named, &file.place_of(range), &reader, out);
            }
        }
    }
}

fn options(object: &Object<'_>, out: &mut Facts) {
    let reader = Reader::of(object, Certainty::Exact);
    path::find(object.tree, "spec.**.sparkConf", &mut |map| {
        for entry in map.entries() {
            let Some((text, place)) = entry.value.text().zip(entry.value.place()) else { continue };
            if let Some(named) = spark_secret(&entry.key, &text) {
                note_option(&named, place, &reader, out);
            }
        }
    });
}

fn note_option(named: &SparkSecret<'_>, place: &Place, reader: &Reader, out: &mut Facts) {
    let scalar = |text: &str| Tree::Scalar { value: Value::from(text), place: place.clone() };
    match *named {
        SparkSecret::Variable { variable, secret, key } => {
            let (name, key) = (scalar(secret), scalar(key));
            let read = Read::new(&name, UseKind::Env(Value::from(variable)));
            note(reader, Read { key: Some(&key), ..read }, out);
        }
        SparkSecret::Files { secret } => {
            note(reader, Read::new(&scalar(secret), UseKind::Volume), out);
        }
    }
}
