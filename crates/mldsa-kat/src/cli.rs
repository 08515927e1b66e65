//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use mldsa::dynamic::Parameters;
use mldsa_kat::backend::Backend;
use mldsa_kat::prehash::HashAlg;
use mldsa_kat::rsp::Signing;

/// Runs known-answer tests for ML-DSA (FIPS 204).
///
/// Files may be gzipped; one that unpacks to more than 256 MiB is refused.
#[derive(Parser)]
#[command(version, after_long_help = EXAMPLES)]
pub(crate) struct Cli {
    /// Run the vectors on this back end of mldsa, or not at all
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(crate) backend: Backend,

    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  The response that NIST's ACVP server takes:
    mldsa-kat acvp prompt.json --output response.json

  Pass or fail by test group:
    mldsa-kat acvp prompt.json --expected expectedResults.json

  Every case of Wycheproof:
    mldsa-kat wycheproof test-vectors/wycheproof/*.json.gz

  A PQCsignKAT file; making one, which has the SHA-256 that liboqs publishes:
    mldsa-kat rsp PQCsignKAT_ML-DSA-65.rsp --set ML-DSA-65
    mldsa-kat rsp --generate --set ML-DSA-65 | sha256sum

  10,000 keys and signatures of each set against the values that CCTV publishes:
    mldsa-kat accumulated --iterations 10000

Exit codes:
  0  all passed, or there was nothing to compare with
  1  a vector failed
  2  usage
  6  a file could not be read or written
  7  a file is not what it should be (the message names the place in it)";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Answers a prompt of NIST's ACVP (keyGen, sigGen, sigVer), or checks the answers
    ///
    /// Without --expected and --output the response goes to standard output.
    Acvp(AcvpArgs),

    /// Runs a PQCsignKAT-style response file, or makes one
    ///
    /// Of every record: sm is signature and msg; sk is well formed and belongs to pk; the signature verifies; the
    /// key pair follows from xi, if `xi` or `seed` tells it; the signature comes out again. A `seed` of 48 bytes is
    /// one for the AES-256 CTR_DRBG of NIST's PQC project, which gives xi and then rnd; one of 32 bytes is xi.
    Rsp(RspArgs),

    /// Runs every case of ML-DSA files of C2SP Wycheproof
    Wycheproof {
        /// mldsa_*_test.json, gzipped or not
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },

    /// Computes the accumulated hashes of C2SP CCTV and compares them with the published ones
    Accumulated(AccumulatedArgs),
}

#[derive(Args)]
pub(crate) struct AcvpArgs {
    /// prompt.json
    pub(crate) prompt: PathBuf,

    /// expectedResults.json to compare with
    #[arg(long, value_name = "FILE")]
    pub(crate) expected: Option<PathBuf>,

    /// Where the response goes; an existing file is replaced when the response is whole
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct RspArgs {
    /// The .rsp file to run
    #[arg(required_unless_present = "generate", conflicts_with = "generate")]
    pub(crate) file: Option<PathBuf>,

    /// The parameter set of the records
    #[arg(long, value_enum, ignore_case = true)]
    pub(crate) set: Set,

    /// How the signatures were made, or with --generate are to be made (auto is then hedged)
    #[arg(long, value_enum, default_value_t)]
    pub(crate) signing: Signing,

    /// The messages are M' of the internal interface, without prefix ("raw" files)
    #[arg(long, conflicts_with_all = ["pre_hash", "generate"])]
    pub(crate) internal: bool,

    /// The records are of HashML-DSA with this hash, such as SHA2-256 or SHAKE-128 ("hashed" files)
    #[arg(long, value_name = "HASH", conflicts_with = "generate")]
    pub(crate) pre_hash: Option<HashAlg>,

    /// Write a file as NIST's PQCgenKAT_sign makes it, instead of running one
    #[arg(long)]
    pub(crate) generate: bool,

    /// How many records to generate
    #[arg(long, default_value_t = 100, requires = "generate", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) count: u32,

    /// Where the generated file goes; standard output without it
    #[arg(long, value_name = "FILE", requires = "generate")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct AccumulatedArgs {
    /// The parameter set; all three without it
    #[arg(long, value_enum, ignore_case = true)]
    pub(crate) set: Option<Set>,

    /// How many keys and signatures; values are published for 100, 10000 and 60000000
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) iterations: u64,

    /// The hash to compare with, instead of the published one
    #[arg(long, value_name = "HEX", requires = "set")]
    pub(crate) expect: Option<String>,
}

/// A parameter set, as it is called in FIPS 204.
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
