//! What is made to be shown: certificates and public keys.

/// Returns whether a text is made to be shown: certificates and public keys, and nothing beside them.
pub fn is_public_key(text: &str) -> bool {
    const KINDS: [&str; 2] = ["CERTIFICATE", "PUBLIC KEY"];
    let text = text.trim();
    let mut outside = true;
    let mut blocks = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_block = blocks.all(|line| {
        let mark = |word: &str| {
            let kind = line.strip_prefix(word).and_then(|rest| rest.strip_suffix("-----"));
            kind.is_some_and(|kind| KINDS.contains(&kind))
        };
        let fits = if outside { mark("-----BEGIN ") } else { mark("-----END ") || is_base64(line) };
        outside = if outside { !fits } else { mark("-----END ") };
        fits
    });
    let mut words = text.split(' ');
    let is_ssh = words.next().is_some_and(|kind| matches!(kind, "ssh-ed25519" | "ssh-rsa"))
        && words.next().is_some_and(|key| key.starts_with("AAAA") && is_base64(key))
        && words.count() <= 1
        && !text.contains('\n');
    is_ssh || is_block && outside && text.starts_with("-----BEGIN ")
}

fn is_base64(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_to_be_shown_is_no_secret() {
        let certificate = "-----BEGIN CERTIFICATE-----\nMIIB+a/b=\n-----END CERTIFICATE-----";
        let key = certificate.replace("CERTIFICATE", "PRIVATE KEY");
        let public = certificate.replace("CERTIFICATE", "PUBLIC KEY");
        let chain = format!("{certificate}\n{certificate}\n");
        for text in [certificate, &public, &chain, "ssh-rsa AAAAB3Nz me@host", "ssh-ed25519 AAAAC3"]
        {
            assert!(is_public_key(text), "{text}");
            assert!(crate::is_no_secret(text), "{text}");
        }
        let both = format!("{certificate}\n{key}");
        let cut = certificate.replace("-----END CERTIFICATE-----", "");
        for text in
            [&*key, &both, &cut, &format!("{certificate}\nhunter2 x"), "ssh-rsa hunter2", ""]
        {
            assert!(!is_public_key(text), "{text}");
        }
    }
}
