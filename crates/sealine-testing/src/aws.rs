//! An account of AWS, as moto plays it: a user with a key, a role, and signatures that are checked.

use crate::servers::{Server, moto};

/// The role of the account. Anyone may take it on.
pub const ROLE: &str = "arn:aws:iam::123456789012:role/sealine";

/// An account in which every request must be signed by somebody who may make it.
#[derive(Debug)]
pub struct Account {
    /// Where it is.
    pub server: Server,
    /// The id of the user's key.
    pub access_key: String,
    /// The user's key.
    pub secret_key: String,
}

/// Starts moto with one user and [`ROLE`]. The user may do what `user_may` names (`*`, `sts:*`), the
/// role may do everything. `prepare` is called before anyone asks for signatures.
///
/// # Panics
///
/// When moto does not do as it is told.
pub fn account(user_may: &str, prepare: impl FnOnce(&Server)) -> Option<Account> {
    let server = moto()?;
    prepare(&server);
    let policy = |action: &str, rest: &str| {
        let statement = format!(r#"{{"Effect":"Allow","Action":"{action}",{rest}}}"#);
        format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#)
    };
    let may = |action| policy(action, r#""Resource":"*""#);
    let trust = policy("*", r#""Principal":{"AWS":"*"}"#);
    let iam = |form: &str| {
        as_anyone(&server, "us-east-1/iam", &[], &format!("{form}&Version=2010-05-08"))
    };
    iam("Action=CreateUser&UserName=u");
    let keys = iam("Action=CreateAccessKey&UserName=u");
    let user = may(user_may);
    iam(&format!("Action=PutUserPolicy&UserName=u&PolicyName=p&PolicyDocument={user}"));
    iam(&format!("Action=CreateRole&RoleName=sealine&AssumeRolePolicyDocument={trust}"));
    let all = may("*");
    iam(&format!("Action=PutRolePolicy&RoleName=sealine&PolicyName=p&PolicyDocument={all}"));
    let _ = server.send("POST", "/moto-api/reset-auth", &[], "0");
    let element = |name: &str| {
        let (_, rest) = keys.split_once(&format!("<{name}>")).expect("an element");
        rest.split_once('<').expect("its end").0.to_owned()
    };
    let (access_key, secret_key) = (element("AccessKeyId"), element("SecretAccessKey"));
    Some(Account { server, access_key, secret_key })
}

/// Asks a service of moto that does not look at signatures; `scope` is a region and a service,
/// `eu-west-1/kms`.
///
/// # Panics
///
/// When it refuses.
pub fn as_anyone(server: &Server, scope: &str, headers: &[(&str, &str)], body: &str) -> String {
    let credential = format!("AWS4-HMAC-SHA256 Credential=a/20260101/{scope}/aws4_request");
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let own: &[(&str, &str)] = if headers.is_empty() { &[form] } else { headers };
    let headers = [own, &[("Authorization", &credential)]].concat();
    let answer = server.send("POST", "/", &headers, body);
    let status = answer.lines().next().unwrap_or_default();
    assert!(status.contains(" 200"), "{scope}: {answer}");
    answer
}
