//! Data sources and functions that only compute, on the way to manifests and values.

use expect_test::expect;

use super::{check, read};

#[test]
fn what_only_computes_is_computed() {
    check(
        r#"
//- r/main.tf
terraform {
  cloud {}
}
variable "more" {
  default = []
}
data "template_file" "app" {
  template = file("app.yaml.tpl")
  vars     = { name = "web" }
}
resource "kubectl_manifest" "app" {
  yaml_body = data.template_file.app.rendered
}
data "kubectl_file_documents" "jobs" {
  content = file("jobs.yaml")
}
resource "kubectl_manifest" "job" {
  for_each  = data.kubectl_file_documents.jobs.manifests
  yaml_body = each.value
}
data "kubectl_path_documents" "all" {
  pattern = "${path.module}/all/*.yaml"
  vars    = { secret = "files" }
}
resource "kubectl_manifest" "all" {
  count     = length(data.kubectl_path_documents.all.documents)
  yaml_body = element(data.kubectl_path_documents.all.documents, count.index)
}
resource "kubernetes_manifest" "many" {
  for_each = { for at, it in provider::kubernetes::manifest_decode_multi(file("jobs.yaml")) : at => it }
  manifest = each.value
}
data "utils_deep_merge_yaml" "values" {
  input = [for it in concat([{ auth = { existingSecret = "db", user = "a" } }, { auth = { user = "b" } }], var.more) : yamlencode(it)]
}
resource "helm_release" "app" {
  name   = "app"
  chart  = "app"
  values = [data.utils_deep_merge_yaml.values.output]
}
//- r/app.yaml.tpl
kind: App
metadata:
  name: ${name}
//- r/jobs.yaml
kind: Job
metadata: {name: one}
---
---
kind: Job
metadata: {name: two}
//- r/all/a.yaml
kind: Pod
spec: {secret: ${secret}}
"#,
        &expect![[r#"
            terraform root r (cloud)
            kubectl_manifest.app: {kind@1=App@1 metadata@2={name@3=web@3}}
            kubectl_manifest.job["/api//jobs/one"]: {kind@1=Job@1 metadata@2={name@2=one@2}}
            kubectl_manifest.job["/api//jobs/two"]: {kind@5=Job@5 metadata@6={name@6=two@6}}
            kubectl_manifest.all[0]: {kind@1=Pod@1 spec@2={secret@2=files@2}}
            kubernetes_manifest.many["0"]: {kind@1=Job@1 metadata@2={name@2=one@2}}
            kubernetes_manifest.many["1"]: {kind@5=Job@5 metadata@6={name@6=two@6}}
            helm_release.app: default/app of app with {auth@34={existingSecret@34=db@34 user@34=b@34}}
        "#]],
    );
}

/// A hole in the place of whole lines leaves no YAML.
#[test]
fn lines_under_a_condition_that_is_not_known_may_be_there() {
    check(
        r#"
//- r/main.tf
terraform {
  cloud {}
}
variable "sync" {}
resource "kubectl_manifest" "app" {
  yaml_body = <<-YAML
    kind: Application
    spec:
    %{if var.sync}
      sync: true
    %{endif}
      path: a
  YAML
}
resource "kubectl_manifest" "other" {
  yaml_body = "name: a%{if var.sync}-b%{endif}"
}
"#,
        &expect![[r#"
            terraform root r (cloud)
            kubectl_manifest.app: {kind@7=Application@7 spec@8={path@12=a@12 sync@10=true@10}}
            kubectl_manifest.other: {name@16=a*@16}
        "#]],
    );
}

#[test]
fn what_a_function_makes_within_an_encoded_object_is_no_literal() {
    let reading = read(
        r#"
//- r/main.tf
terraform {
  cloud {}
}
variable "token" {
  default = ""
}
resource "kubernetes_secret" "pull" {
  data = {
    login = jsonencode({ auth = base64encode("user:${var.token}"), password = "hunter2" })
  }
}
"#,
    );
    let pull = &reading.facts[0].terraform[0].resources[0].attributes;
    assert!(!pull.contains_key("data.login.auth"));
    assert!(pull.contains_key("data.login.password"));
}
