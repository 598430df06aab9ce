//! Where a repository is hosted, by the address of its remote.

/// A hosted repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The host, in lower case, with the port of an HTTP address.
    pub host: String,
    /// Whether the remote is reached without TLS.
    pub is_plain_http: bool,
    /// The repository's path there, without `.git`.
    pub path: String,
}

/// Returns the hosted repository that a remote's address names; nothing for a folder.
pub fn address(url: &str) -> Option<Address> {
    let Some((scheme, rest)) = url.split_once("://") else {
        // `user@host:path`, where a path may hold a colon, too, but no host a slash.
        let (host, path) = url.split_once(':')?;
        let is_host = !host.contains('/') && host.len() > 1;
        return if is_host { made(host, path, false, false) } else { None };
    };
    let (authority, path) = rest.split_once('/')?;
    match scheme {
        "https" => made(authority, path, true, false),
        "http" => made(authority, path, true, true),
        "ssh" | "git+ssh" | "ssh+git" | "git" => made(authority, path, false, false),
        _ => None,
    }
}

fn made(authority: &str, path: &str, keeps_port: bool, is_plain_http: bool) -> Option<Address> {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    // Only the port of a web address is also that of its API.
    let host = match host.rsplit_once(':') {
        Some((name, port)) if !keeps_port && port.bytes().all(|it| it.is_ascii_digit()) => name,
        _ => host,
    };
    let is_host = |it: char| it.is_ascii_alphanumeric() || ".-:[]_".contains(it);
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let is_path = !path.is_empty()
        && path.split('/').all(|part| {
            let is_plain = |it: char| it.is_ascii_alphanumeric() || "-_.~".contains(it);
            !part.is_empty() && part != "." && part != ".." && part.chars().all(is_plain)
        });
    let is_named = !host.is_empty() && host.chars().all(is_host) && path.contains('/') && is_path;
    is_named.then(|| Address {
        host: host.to_ascii_lowercase(),
        is_plain_http,
        path: path.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_remote_names_the_same_repository() {
        let named = |url: &str| address(url).map(|it| format!("{} {}", it.host, it.path));
        for url in [
            "https://github.com/acme/gitops.git",
            "https://user:token@github.com/acme/gitops",
            "git@github.com:acme/gitops.git",
            "ssh://git@github.com:22/acme/gitops.git",
            "https://GitHub.com/acme/gitops/",
        ] {
            assert_eq!(named(url).as_deref(), Some("github.com acme/gitops"), "{url}");
        }
        let nested = named("https://git.example.com:8443/group/sub/repo.git");
        assert_eq!(nested.as_deref(), Some("git.example.com:8443 group/sub/repo"));
        for url in [
            "/srv/git/x.git",
            "../x",
            "file:///srv/x",
            "C:/x",
            "https://h/../../x",
            "h:x",
            "https://h/a/b?c",
        ] {
            assert_eq!(named(url), None, "{url}");
        }
    }
}
