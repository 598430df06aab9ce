//! Profiles of AWS's configuration that name a role: which roles are taken on, from which credentials.
//!
//! Invariant: a chain of profiles ends, even one that names itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Role;
use crate::{CredentialFault, Services};

/// Whose credentials the first role is taken on with.
pub(super) enum Source {
    /// Those of a profile.
    Profile(String),
    /// Those that a program prints.
    Program(String),
    /// Those of the environment, the container or the instance.
    Surroundings,
}

/// The roles of a profile, the last one first.
pub(super) struct Chain {
    pub(super) roles: Vec<Role>,
    pub(super) source: Source,
}

type Profiles = BTreeMap<String, BTreeMap<String, String>>;

/// Returns how the credentials of a profile come about.
pub(super) async fn chain(
    profile: &str,
    longest: usize,
    services: &Services,
) -> Result<Chain, CredentialFault> {
    let mut profiles = Profiles::new();
    let files = [("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials")];
    for (variable, name) in files {
        let set = services.variable(variable).map(PathBuf::from);
        let usual = services.home().map(|home| home.join(".aws").join(name));
        let Some(file) = set.or(usual) else { continue };
        if let Ok(text) = crate::read(&file).await {
            read(&String::from_utf8_lossy(text.expose()), &mut profiles);
        }
    }
    resolve(profile, longest, &profiles)
}

fn resolve(profile: &str, longest: usize, profiles: &Profiles) -> Result<Chain, CredentialFault> {
    let mut chain = Chain { roles: Vec::new(), source: Source::Profile(profile.to_owned()) };
    let mut name = profile.to_owned();
    while chain.roles.len() <= longest {
        chain.source = Source::Profile(name.clone());
        let empty = BTreeMap::new();
        let settings = profiles.get(&name).unwrap_or(&empty);
        let get = |name: &str| settings.get(name).cloned();
        // With a token file, the role is taken on by web identity.
        let role = get("role_arn").filter(|_| !settings.contains_key("web_identity_token_file"));
        let has_keys = settings.contains_key("aws_access_key_id");
        let source = get("source_profile");
        let is_own_source = has_keys && chain.roles.len() == 1 && source.as_ref() == Some(&name);
        let Some(arn) = role.filter(|_| !is_own_source) else {
            if let Some(program) = get("credential_process").filter(|_| !has_keys) {
                chain.source = Source::Program(program);
            }
            return Ok(chain);
        };
        chain.roles.push(Role {
            arn,
            session: get("role_session_name"),
            external_id: get("external_id"),
            region: get("region"),
        });
        match source {
            Some(next) => name = next,
            None if settings.contains_key("credential_source") => {
                chain.source = Source::Surroundings;
                return Ok(chain);
            }
            None => {
                let reason = "its AWS profile names a role, and neither `source_profile` nor \
                              `credential_source`";
                return Err(CredentialFault::Missing(reason.to_owned()));
            }
        }
    }
    Err(CredentialFault::Missing("its AWS profile names roles without end".to_owned()))
}

/// Reads the sections of a file. Only what stands at the start of a line is a setting; what is
/// indented belongs to one of another kind.
fn read(text: &str, profiles: &mut Profiles) {
    let mut section = None;
    for line in text.lines() {
        let plain = line.split(" #").next().unwrap_or(line);
        if let Some(name) = plain.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let name = name.trim();
            section = match name.split_once(char::is_whitespace) {
                Some(("profile", name)) => Some(name.trim().trim_matches('"').to_owned()),
                Some(_) => None,
                None => Some(name.to_owned()),
            };
        } else if let (Some(section), Some((name, value))) = (&section, plain.split_once('=')) {
            let is_setting = !name.starts_with([' ', '\t', '#', ';']);
            if is_setting {
                let settings = profiles.entry(section.clone()).or_default();
                settings.insert(name.trim().to_ascii_lowercase(), value.trim().to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str, profile: &str) -> Option<(Vec<String>, Option<String>)> {
        let mut profiles = Profiles::new();
        read(text, &mut profiles);
        let chain = resolve(profile, 5, &profiles).ok()?;
        let source = match chain.source {
            Source::Profile(name) => Some(name),
            Source::Program(line) => Some(format!("program {line}")),
            Source::Surroundings => None,
        };
        Some((chain.roles.into_iter().map(|role| role.arn).collect(), source))
    }

    #[test]
    fn roles_are_followed_to_their_credentials() {
        let text = "[default]\naws_access_key_id = A\n\n[profile deploy]\nrole_arn = arn:deploy\n\
                    source_profile = default # who may\n[profile both]\nrole_arn=arn:both\n\
                    source_profile=deploy\n[profile machine]\nrole_arn = arn:machine\n\
                    credential_source = Ec2InstanceMetadata\n[sso-session x]\nrole_arn = no\n\
                    [profile printed]\ncredential_process = /bin/a b\n\
                    [profile plain]\nregion = eu-west-1\ns3 =\n  role_arn = no\n";
        let default = Some("default".to_owned());
        let arns = |arns: &[&str]| arns.iter().map(|arn| (*arn).to_owned()).collect::<Vec<_>>();
        assert_eq!(resolved(text, "deploy"), Some((arns(&["arn:deploy"]), default.clone())));
        assert_eq!(resolved(text, "both"), Some((arns(&["arn:both", "arn:deploy"]), default)));
        assert_eq!(resolved(text, "machine"), Some((arns(&["arn:machine"]), None)));
        let printed = Some("program /bin/a b".to_owned());
        assert_eq!(resolved(text, "printed"), Some((arns(&[]), printed)));
        assert_eq!(resolved(text, "plain"), Some((arns(&[]), Some("plain".to_owned()))));
        assert_eq!(resolved(text, "unknown"), Some((arns(&[]), Some("unknown".to_owned()))));
    }

    #[test]
    fn a_profile_may_hold_the_keys_for_its_own_role() {
        let text = "[a]\nrole_arn = arn:a\nsource_profile = a\naws_access_key_id = A\n";
        assert_eq!(resolved(text, "a"), Some((vec!["arn:a".to_owned()], Some("a".to_owned()))));
    }

    #[test]
    fn a_circle_ends() {
        let text = "[a]\nrole_arn = x\nsource_profile = b\n[b]\nrole_arn = y\nsource_profile = a\n";
        assert_eq!(resolved(text, "a"), None);
        assert_eq!(resolved("[a]\nrole_arn = x\n", "a"), None);
    }
}
