//! Which alphabet the keys of an `ExternalSecret`'s template keep to: the way of each is followed back to
//! the entry or generator that it comes from.
//!
//! Invariant: a key that may come from something of which nothing is known keeps to none.

use sealine_model::Alphabet;
use sealine_model::graph::ReadLink;
use sealine_model::kubernetes::{GeneratorReference, RemoteRead};

use crate::Context;
use crate::chain::entry_of;
use crate::templates::Judged;

/// What the generators of tokens bring, whose objects need not be in sight: hosts, tokens, base64.
const TOKENS: &[(&str, &[&str])] = &[
    ("ACRAccessToken", &["username", "password"]),
    ("ECRAuthorizationToken", &["username", "password", "proxy_endpoint", "expires_at"]),
    ("GCRAccessToken", &["username", "password", "expiry"]),
    ("QuayAccessToken", &["registry", "auth", "expiry"]),
];

/// Returns the alphabet that all of these keys keep to.
pub(crate) fn alphabet(
    context: &Context<'_>,
    judged: &Judged<'_>,
    keys: &[String],
) -> Option<Alphabet> {
    keys.iter().map(|key| of_key(context, judged, key)).min().flatten()
}

fn of_key(context: &Context<'_>, judged: &Judged<'_>, key: &str) -> Option<Alphabet> {
    let external = judged.external;
    let reads = external.reads.iter().enumerate().filter_map(|(index, read)| {
        let own = read.secret_key.as_ref().map(|(own, _)| own.as_str());
        (read.extract || own == Some(key)).then(|| of_read(context, judged, (index, read), key))
    });
    let generators =
        external.generators.iter().map(|generator| of_generator(context, judged, generator, key));
    reads.chain(generators).min().flatten()
}

fn of_read(
    context: &Context<'_>,
    judged: &Judged<'_>,
    (index, read): (usize, &RemoteRead),
    key: &str,
) -> Option<Alphabet> {
    let property = if read.extract {
        Some(key)
    } else {
        read.property.as_ref().map(|(property, _)| property.as_str())
    };
    let links = &context.links.reads;
    let at = |link: &ReadLink| (link.external_secret, link.read);
    let found = links.binary_search_by(|link| at(link).cmp(&(judged.id, index))).ok()?;
    let entries = links[found].entries.iter().map(|(id, _)| entry_of(context, *id));
    entries.map(|entry| entry.alphabets.of(property)).min().flatten()
}

fn of_generator(
    context: &Context<'_>,
    judged: &Judged<'_>,
    reference: &GeneratorReference,
    key: &str,
) -> Option<Alphabet> {
    let brings = |(kind, keys): &(&str, &[&str])| *kind == reference.kind && keys.contains(&key);
    if TOKENS.iter().any(brings) {
        return Some(Alphabet::Unquoted);
    }
    let scope = &judged.external.scope;
    let all = context.facts.iter().flat_map(|facts| &facts.generators);
    let meant = all.filter(|generator| {
        generator.kind == reference.kind
            && generator.name.unify(&reference.name).is_some()
            && (generator.kind == "ClusterGenerator"
                || generator.scope.namespace.unify(&scope.namespace).is_some())
    });
    meant.map(|generator| Some(generator.alphabet)).min().flatten()
}
