//! Names on the command line in any spelling, and names that completions offer.

use clap::builder::{
    EnumValueParser, PathBufValueParser, PossibleValue, StringValueParser, TypedValueParser,
};
use clap::{Arg, Command, Error, ValueEnum};
use modsig::algorithm::Digest;
use modsig::verdict::Policy;
use std::ffi::OsStr;

/// Accepts each name of the inner parser in any case, with hyphens, underscores or spaces in any place: `ML-DSA-65`, `mldsa65`,
/// `ml_dsa_65`. Everything else goes to the inner parser as it is, which reports it.
#[derive(Clone, Debug)]
pub struct AnySpelling<P>(pub P);

impl<P: TypedValueParser> TypedValueParser for AnySpelling<P> {
    type Value = P::Value;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<P::Value, Error> {
        let typed = value.to_str().map(bare);
        let known = self.0.possible_values().into_iter().flatten().find(|known| {
            typed.as_ref().is_some_and(|typed| known.get_name_and_aliases().any(|name| bare(name) == *typed))
        });
        match known {
            Some(known) => self.0.parse_ref(command, arg, OsStr::new(known.get_name())),
            None => self.0.parse_ref(command, arg, value),
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        self.0.possible_values()
    }
}

/// The parser of an enumeration whose names may be written in any spelling.
#[must_use]
pub fn named<T: ValueEnum + Clone + Send + Sync + 'static>() -> AnySpelling<EnumValueParser<T>> {
    AnySpelling(EnumValueParser::new())
}

/// Offers names in completions; the inner parser decides on the value.
#[derive(Clone, Debug)]
pub struct Offered<P> {
    /// Accepts names and other values.
    pub parser: P,
    /// The names.
    pub names: Vec<&'static str>,
}

impl<P: TypedValueParser> TypedValueParser for Offered<P> {
    type Value = P::Value;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<P::Value, Error> {
        self.parser.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.names.iter().map(|name| PossibleValue::new(*name))))
    }
}

/// The parser of `--hash`: offers the digests that are accepted. [`crate::exit_mapping::digest_named`] decides.
#[must_use]
pub fn digests() -> Offered<StringValueParser> {
    Offered { parser: StringValueParser::new(), names: Digest::SIGNING.map(Digest::name).to_vec() }
}

/// The parser of `--policy`: the names in any spelling, or a file.
#[must_use]
pub fn policies() -> AnySpelling<Offered<PathBufValueParser>> {
    let names = Policy::PRESETS.map(|(name, _)| name).to_vec();
    AnySpelling(Offered { parser: PathBufValueParser::new(), names })
}

/// The name in lower case, without hyphens, underscores and spaces.
#[must_use]
pub fn bare(name: &str) -> String {
    name.to_lowercase().replace(['-', '_', ' '], "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::builder::PossibleValuesParser;

    #[test]
    fn names_are_recognised_in_any_spelling() {
        let parser = AnySpelling(PossibleValuesParser::new([
            PossibleValue::new("ml-dsa-65").alias("dilithium3"),
            PossibleValue::new("6.1"),
        ]));
        let parse = |text: &str| parser.parse_ref(&Command::new("x"), None, OsStr::new(text)).ok();
        for text in ["ml-dsa-65", "ML-DSA-65", "mldsa65", "ML_DSA_65", "Ml Dsa-65", "DILITHIUM3"] {
            assert_eq!(parse(text).as_deref(), Some("ml-dsa-65"), "{text}");
        }
        assert_eq!(parse("6.1").as_deref(), Some("6.1"));
        for text in ["61", "ml-dsa-6", "ml-dsa-655", "", "-"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
