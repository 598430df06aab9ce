//! As whom programs run.
//!
//! A provider is a program of somebody else, and what it may read is what its user may read: the
//! daemon's history, its credentials, the files of other projects. So root can have every program that
//! it starts run as a user who may do less.
//!
//! Invariant: an identity is never root's, and none is made by somebody who could not take it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use nix::unistd::{Group, Uid, User};

/// A user and a group that are not ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub(super) user: u32,
    pub(super) group: u32,
    name: String,
    home: Option<PathBuf>,
}

/// Why programs cannot run as somebody else.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Whoever runs Sealine may not.
    #[error("only root can run programs as `{0}`")]
    NotRoot(String),
    /// There is no such user or group.
    #[error("there is no {0} `{1}`")]
    Unknown(&'static str, String),
    /// A user whom nothing binds.
    #[error("`{0}` is root, who may do everything")]
    Root(String),
}

impl Identity {
    /// Finds a user by name or number, and a group; the user's own group without.
    ///
    /// # Errors
    ///
    /// When there is no such user or group, when they are root's, or when we are not root.
    pub fn find(user: &str, group: Option<&str>) -> Result<Self, IdentityError> {
        let number = user.parse().ok();
        let known = match number {
            Some(number) => User::from_uid(Uid::from_raw(number)),
            None => User::from_name(user),
        };
        let known = known.ok().flatten();
        let unknown = |what, name: &str| IdentityError::Unknown(what, name.to_owned());
        let number = number.or(known.as_ref().map(|known| known.uid.as_raw()));
        let number = number.ok_or_else(|| unknown("user", user))?;
        let own = known.as_ref().map(|known| known.gid.as_raw());
        let group = match group {
            Some(name) => group_number(name).ok_or_else(|| unknown("group", name))?,
            None => own.ok_or_else(|| unknown("group of", user))?,
        };
        if number == 0 || group == 0 {
            return Err(IdentityError::Root(user.to_owned()));
        }
        if !Uid::effective().is_root() {
            return Err(IdentityError::NotRoot(user.to_owned()));
        }
        let (name, home) = match known {
            Some(known) => (known.name, Some(known.dir)),
            None => (user.to_owned(), None),
        };
        Ok(Self { user: number, group, name, home })
    }

    /// Makes a folder or file theirs.
    pub(super) fn own(&self, path: &Path) -> std::io::Result<()> {
        std::os::unix::fs::lchown(path, Some(self.user), Some(self.group))
    }

    /// Lets them pass through a folder of ours, without a look into it.
    pub(super) fn pass(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::set_permissions(folder, Permissions::from_mode(0o711))?;
        let closed = folder.ancestors().skip(1).find(|above| !self.may_pass(above));
        let Some(closed) = closed else { return Ok(()) };
        let message = format!("`{}` may not enter `{}`", self.name, closed.display());
        Err(std::io::Error::other(message))
    }

    fn may_pass(&self, folder: &Path) -> bool {
        let Ok(found) = std::fs::metadata(folder) else { return false };
        let bit = match () {
            () if found.uid() == self.user => 0o100,
            () if found.gid() == self.group => 0o010,
            () => 0o001,
        };
        found.mode() & bit != 0
    }

    /// Says whose the environment is. Settings that lie in the home of root are not theirs.
    pub(super) fn name_in(&self, environment: &mut BTreeMap<OsString, OsString>) {
        environment.remove(OsStr::new("XDG_CONFIG_HOME"));
        environment.remove(OsStr::new("HOME"));
        if let Some(home) = &self.home {
            environment.insert("HOME".into(), home.into());
        }
        for name in ["USER", "LOGNAME"] {
            environment.insert(name.into(), (&self.name).into());
        }
    }
}

fn group_number(name: &str) -> Option<u32> {
    let by_name = || Some(Group::from_name(name).ok().flatten()?.gid.as_raw());
    name.parse().ok().or_else(by_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_becomes_root_and_only_root_becomes_somebody() {
        for (user, group) in [("0", None), ("root", None), ("65534", Some("0"))] {
            let refused = Identity::find(user, group);
            assert!(matches!(refused, Err(IdentityError::Root(_))), "{user}: {refused:?}");
        }
        let none = Identity::find("no such user", None);
        assert_eq!(none.unwrap_err().to_string(), "there is no user `no such user`");
        let found = Identity::find("65534", Some("65534"));
        if Uid::effective().is_root() {
            assert_eq!(found.unwrap().user, 65534);
        } else {
            assert!(matches!(found, Err(IdentityError::NotRoot(_))), "{found:?}");
        }
    }

    #[test]
    fn a_folder_that_only_root_enters_is_told() {
        if !Uid::effective().is_root() {
            eprintln!("skipped: only root can run programs as somebody else");
            return;
        }
        let identity = Identity::find("65534", Some("65534")).unwrap();
        let closed = tempfile::tempdir().unwrap();
        std::fs::set_permissions(closed.path(), Permissions::from_mode(0o700)).unwrap();
        let folder = closed.path().join("data");
        std::fs::create_dir(&folder).unwrap();
        let told = identity.pass(&folder).unwrap_err().to_string();
        assert!(told.contains(closed.path().to_str().unwrap()), "{told}");
        std::fs::set_permissions(closed.path(), Permissions::from_mode(0o711)).unwrap();
        identity.pass(&folder).unwrap();
    }
}
