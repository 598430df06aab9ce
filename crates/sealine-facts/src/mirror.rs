//! Declares a type of the format beside the type of the model that it stands for.

/// Declares a struct of the format with the fields of a struct of the model, and how one becomes
/// the other. What stands behind `without` is not written, and is what it says when read.
macro_rules! mirror {
    (
        $(#[$doc:meta])*
        $name:ident = $model:ty {
            $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
        }
        $(without { $($left:ident: $value:expr,)* })?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(default)]
        pub(crate) struct $name {
            $(
                $(#[$field_doc])*
                #[serde(skip_serializing_if = "crate::mirror::is_default")]
                pub(crate) $field: <$type as crate::code::Code>::Wire,
            )*
        }

        impl crate::code::Code for $model {
            type Wire = $name;

            fn write(&self, writer: crate::code::Writer<'_>) -> $name {
                $name { $($field: self.$field.write(writer),)* }
            }

            fn read(wire: $name, reader: &mut crate::code::Reader) -> Self {
                Self {
                    $($field: <$type as crate::code::Code>::read(wire.$field, reader),)*
                    $($($left: $value,)*)?
                }
            }
        }
    };
}

/// Says by which words the variants of an enum of the model are known. The first is what a word
/// means that is not known.
macro_rules! words {
    ($model:ty { $first:ident = $first_word:literal, $($variant:ident = $word:literal,)* }) => {
        impl crate::code::Code for $model {
            type Wire = String;

            fn write(&self, _: crate::code::Writer<'_>) -> String {
                match self {
                    Self::$first => $first_word,
                    $(Self::$variant => $word,)*
                }
                .to_owned()
            }

            fn read(wire: String, _: &mut crate::code::Reader) -> Self {
                match wire.as_str() {
                    $($word => Self::$variant,)*
                    _ => Self::$first,
                }
            }
        }
    };
}

pub(crate) use {mirror, words};

/// Returns whether a field need not be written.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
