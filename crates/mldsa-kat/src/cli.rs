//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use mldsa::dynamic::Parameters;
use mldsa_kat::backend::Backend;
use mldsa_kat::prehash::HashAlg;
use mldsa_kat::rsp::Signing;

/// Run known-answer tests for ML-DSA (FIPS 204)
#[derive(Parser)]
#[command(name = "mldsa-kat", version, max_term_width = 80, after_long_help = EXAMPLES)]
pub(crate) struct Cli {
    /// The form of the report on standard output
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Report")]
    pub(crate) format: Format,

    /// List every failure in the text; otherwise the first 10 of each group
    #[arg(long, global = true, help_heading = "Report")]
    pub(crate) all: bool,

    /// Leave the time out of the report (SOURCE_DATE_EPOCH sets it)
    #[arg(long, global = true, help_heading = "Report")]
    pub(crate) no_time: bool,

    /// Run the vectors on this back end of mldsa; an error if the build or the CPU lacks it
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Back end")]
    pub(crate) backend: Backend,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The forms of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// One object, of docs/guide/mldsa-kat.schema.json
    Json,
    /// JUnit XML
    Junit,
}

const EXAMPLES: &str = "\
Examples:
  Write the response for NIST's ACVP server:
    mldsa-kat acvp prompt.json --output response.json

  Compare with the expected results, and report each test group:
    mldsa-kat acvp prompt.json --expected expectedResults.json

  Run every case of Wycheproof:
    mldsa-kat wycheproof test-vectors/wycheproof/*.json.gz

  Run a PQCsignKAT file; generate one, with the SHA-256 that liboqs publishes:
    mldsa-kat rsp PQCsignKAT_ML-DSA-65.rsp --set ML-DSA-65
    mldsa-kat rsp --generate --set ML-DSA-65 | sha256sum

  Compare 10,000 keys and signatures of each set with the values that CCTV
  publishes:
    mldsa-kat accumulated --iterations 10000

More examples: mldsa-kat acvp --help

Files may be compressed with gzip. A file of more than 256 MiB, compressed or
not, is rejected. A closed standard output (| head) changes neither the run nor
its exit code.

Exit codes (of several files, 7 and 6 come before 1, and 1 before 3):
  0  all comparisons passed, or the response or the generated file was written
  1  a vector failed
  2  wrong command line, or the back end is not available
  3  nothing was compared (no cases, or no published value)
  6  reading or writing failed
  7  broken input, or of an unknown version or kind; the message names the place";

const ACVP_EXAMPLES: &str = "\
Examples:
  Write the response for the server:
    mldsa-kat acvp prompt.json --output response.json

  Compare two prompts, in one report for CI; the pairs are in order:
    mldsa-kat acvp keyGen.json sigVer.json --format junit \\
        --expected keyGen.expected.json --expected sigVer.expected.json
";

const RSP_EXAMPLES: &str = "\
Examples:
  Run a file, as liboqs and PQClean generate it:
    mldsa-kat rsp PQCsignKAT_ML-DSA-65.rsp --set ML-DSA-65

  Run a file of HashML-DSA signatures:
    mldsa-kat rsp hashed.rsp --set ML-DSA-44 --pre-hash SHA2-256

  Generate a file, with the SHA-256 that liboqs publishes:
    mldsa-kat rsp --generate --set ML-DSA-65 | sha256sum
";

const WYCHEPROOF_EXAMPLES: &str = "\
Examples:
  Run all files of this project:
    mldsa-kat wycheproof test-vectors/wycheproof/*.json.gz

  Write a report for CI:
    mldsa-kat wycheproof mldsa_65_verify_test.json --format junit > report.xml
";

const ACCUMULATED_EXAMPLES: &str = "\
Examples:
  Compare 10,000 keys and signatures of each set:
    mldsa-kat accumulated --iterations 10000

  A run of hours, which goes on after an interruption:
    mldsa-kat accumulated --set ML-DSA-65 --iterations 60000000 \\
        --checkpoints FOLDER
";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Compute the response to a prompt of NIST's ACVP (keyGen, sigGen, sigVer), or compare it
    ///
    /// Without --expected and --output, prints the response to one prompt on standard output. A prompt is one vector set or
    /// an array of several, as acvptool writes it; drafts of ACVP-Server 1.1.0.35 are converted, with a note.
    #[command(after_long_help = ACVP_EXAMPLES)]
    Acvp(AcvpArgs),

    /// Run a PQCsignKAT-style response file, or generate one
    ///
    /// Checks for every record: sm is signature and msg; sk is well formed and belongs to pk; the signature verifies; xi
    /// yields the key pair, if the record has `xi` or `seed`; signing again yields the same signature. A `seed` of 48
    /// bytes seeds the AES-256 CTR_DRBG of NIST's PQC project, which yields xi and then rnd; a `seed` of 32 bytes is xi.
    #[command(after_long_help = RSP_EXAMPLES)]
    Rsp(RspArgs),

    /// Run every case of ML-DSA files of C2SP Wycheproof
    #[command(after_long_help = WYCHEPROOF_EXAMPLES)]
    Wycheproof {
        /// mldsa_*_test.json, compressed with gzip or not
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },

    /// Compute the accumulated hashes of C2SP CCTV, and compare them with the published ones
    #[command(after_long_help = ACCUMULATED_EXAMPLES)]
    Accumulated(AccumulatedArgs),
}

#[derive(Args)]
pub(crate) struct AcvpArgs {
    /// prompt.json, one or several
    #[arg(required = true, value_name = "PROMPT")]
    pub(crate) prompts: Vec<PathBuf>,

    /// Compare the response with this expectedResults.json; once for each prompt, in the same order
    #[arg(long, value_name = "FILE")]
    pub(crate) expected: Vec<PathBuf>,

    /// Write the response to this file; once for each prompt, in the same order. An existing file is replaced when the
    /// response is complete
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,

    /// Read prompts of an unknown acvVersion or revision as known ones, and skip vector sets of an unknown algorithm or
    /// mode; the report says what was ignored
    #[arg(long)]
    pub(crate) ignore_unknown: bool,
}

#[derive(Args)]
pub(crate) struct RspArgs {
    /// The .rsp files to run
    #[arg(required_unless_present = "generate", conflicts_with = "generate", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// The parameter set of the records
    #[arg(long, value_enum, ignore_case = true)]
    pub(crate) set: Set,

    /// How the signatures were made, or with --generate will be made (auto then means hedged)
    #[arg(long, value_enum, default_value_t)]
    pub(crate) signing: Signing,

    /// The messages are M' of the internal interface, without a prefix ("raw" files)
    #[arg(long, conflicts_with_all = ["pre_hash", "generate"])]
    pub(crate) internal: bool,

    /// The records use HashML-DSA with this hash, such as SHA2-256 or SHAKE-128 ("hashed" files)
    #[arg(long, value_name = "HASH", conflicts_with = "generate")]
    pub(crate) pre_hash: Option<HashAlg>,

    /// Generate a file as NIST's PQCgenKAT_sign does, instead of running one
    #[arg(long)]
    pub(crate) generate: bool,

    /// How many records to generate
    #[arg(long, default_value_t = 100, requires = "generate", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) count: u32,

    /// Write the generated file here instead of to standard output
    #[arg(long, value_name = "FILE", requires = "generate")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct AccumulatedArgs {
    /// The parameter set; all three if absent
    #[arg(long, value_enum, ignore_case = true)]
    pub(crate) set: Option<Set>,

    /// How many keys and signatures to compute; values are published for 100, 10000 and 60000000
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) iterations: u64,

    /// Compare with this hash instead of the published one
    #[arg(long, value_name = "HEX", requires = "set")]
    pub(crate) expect: Option<String>,

    /// How many threads make keys and signatures; one for each core if absent
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub(crate) jobs: Option<NonZeroUsize>,

    /// Save how far each set is to this folder every minute, and go on from there in the next run of the same build and back end
    #[arg(long, value_name = "FOLDER")]
    pub(crate) checkpoints: Option<PathBuf>,
}

/// From 1 to 256.
fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    match text.parse() {
        Ok(jobs) if jobs <= NonZeroUsize::MIN.saturating_add(255) => Ok(jobs),
        _ => Err("must be a number from 1 to 256".to_owned()),
    }
}

/// A parameter set, with its name in FIPS 204.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Set {
    #[value(name = "ML-DSA-44")]
    MlDsa44,
    #[value(name = "ML-DSA-65")]
    MlDsa65,
    #[value(name = "ML-DSA-87")]
    MlDsa87,
}

impl Set {
    pub(crate) const fn parameters(self) -> Parameters {
        match self {
            Self::MlDsa44 => Parameters::MlDsa44,
            Self::MlDsa65 => Parameters::MlDsa65,
            Self::MlDsa87 => Parameters::MlDsa87,
        }
    }
}
