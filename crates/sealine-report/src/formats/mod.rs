//! The formats, one file each. To add one: write its file and add its name to the list below.

/// Declares the formats' modules and lists them.
macro_rules! formats {
    ($($name:ident,)*) => {
        $(mod $name;)*

        /// All formats.
        pub static FORMATS: &[&crate::Format] = &[$(&$name::FORMAT,)*];
    };
}

formats! {
    text,
    json,
    sarif,
    github,
}

#[cfg(test)]
mod tests;
