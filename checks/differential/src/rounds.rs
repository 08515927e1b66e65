//! The comparisons of one round: one key of one set, and what is done with it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mldsa::dynamic::Parameters;
use mldsa::{Context, Mu};
use mldsa_kat::prehash::HashAlg;
use shake::{ExtendableOutput, Shake256, Update, XofReader};

use crate::libraries::{Answer, Library, Message};
use crate::mutate;
use crate::naive::{self, Target};
use crate::random::Random;
use crate::tally::Tally;

/// All libraries, the record, and the source of inputs.
pub struct Run {
    /// The first one is the measure.
    pub libraries: Vec<Box<dyn Library>>,
    /// What came out.
    pub tally: Tally,
    /// Where inputs come from.
    pub random: Random,
}

/// A key pair that all agreed on.
struct Pair {
    set: Parameters,
    public: Vec<u8>,
    private: Vec<u8>,
}

/// A public and a private key, or why there are none.
type Keys = Result<(Vec<u8>, Vec<u8>), String>;

/// A library that panics has answered, too.
fn caught<T>(call: impl FnOnce() -> Answer<T>) -> Answer<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| Some(Err("panics".to_owned())))
}

fn digest(bytes: &[u8]) -> String {
    let shown = hex::encode(&bytes[..bytes.len().min(8)]);
    format!("{} bytes {shown}...", bytes.len())
}

impl Run {
    /// One key of `set`. `crafted`: also the signatures that take long to make.
    pub fn round(&mut self, set: Parameters, crafted: bool) {
        let seed = self.random.array();
        let Some(pair) = self.keys(set, &seed) else { return };
        self.read_keys(&pair);

        let message = self.message();
        let context = self.context();
        let pure = Message::Pure(message.clone(), context);
        let signature = self.sign("sign: deterministic", &pair, &pure, &[0; 32]);
        let rnd = self.random.array();
        self.sign("sign: hedged", &pair, &pure, &rnd);
        let empty = Message::Pure(message.clone(), Vec::new());
        let unsigned = self.sign("sign: deterministic, empty context", &pair, &empty, &[0; 32]);
        let mu = self.random.array();
        let by_mu = self.sign("sign: mu", &pair, &Message::Mu(mu), &[0; 32]);
        let hash = *self.random.pick(&HashAlg::ALL);
        let digested = Message::PreHash(hash, message.clone(), self.context());
        let by_hash = self.sign("sign: HashML-DSA", &pair, &digested, &[0; 32]);

        // Everything good is accepted; what is changed is refused.
        for (case, message, signature) in [
            ("verify: good", &pure, &signature),
            ("verify: good, empty context", &empty, &unsigned),
            ("verify: good, mu", &Message::Mu(mu), &by_mu),
            ("verify: good, HashML-DSA", &digested, &by_hash),
        ] {
            self.verify(case, &pair, message, signature, true);
        }
        let tr = shake256(&[&pair.public]);
        let of_message = Message::Mu(*Mu::of_message(&tr, Context::EMPTY, &message).as_bytes());
        self.verify("verify: good, by its mu", &pair, &of_message, &unsigned, true);
        for message in [&pure, &empty] {
            let signature = if std::ptr::eq(message, &pure) { &signature } else { &unsigned };
            for altered in mutate::of(set, signature, &mut self.random) {
                self.verify(altered.case, &pair, message, &altered.signature, false);
            }
            self.changed_message(&pair, message, signature);
            self.changed_key(&pair, message, signature);
        }
        self.verify("verify: HashML-DSA taken for ML-DSA", &pair, &pure, &by_hash, false);
        self.own_randomness(&pair, &empty);
        self.long_context(&pair, &signature);
        if crafted {
            self.crafted(&pair, &message);
        }
    }

    fn keys(&mut self, set: Parameters, seed: &[u8; 32]) -> Option<Pair> {
        let mut pairs: Vec<(String, Keys)> = Vec::new();
        for library in &self.libraries {
            if let Some(pair) = caught(|| library.keygen(set, seed)) {
                pairs.push((library.name(), pair));
            }
        }
        let expected = pairs.first()?.1.clone();
        for (name, pair) in &pairs {
            let short = |pair: &Keys| match pair {
                Ok((public, private)) => format!("{} and {}", digest(public), digest(private)),
                Err(error) => error.clone(),
            };
            self.tally.compare("keygen", name, pair, &expected, short, || {
                format!("{set}, seed {}", hex::encode(seed))
            });
        }
        expected.ok().map(|(public, private)| Pair { set, public, private })
    }

    /// Good expanded keys, and such as ours must refuse.
    fn read_keys(&mut self, pair: &Pair) {
        self.read("read: good expanded key", pair, &pair.private, &Ok(pair.public.clone()));
        let len = pair.private.len();
        let packed = len - 416 * naive::rows(pair.set); // where t0 begins
        let cases = [
            ("read: expanded key a byte too short", None, 0),
            ("read: expanded key with another tr", Some(64 + self.random.below(64)), 1),
            ("read: expanded key with s1 out of range", Some(128), 0xff),
            ("read: expanded key with s2 out of range", Some(packed - 1), 0xff),
            ("read: expanded key with another t0", Some(packed + self.random.below(len - packed)), 1),
        ];
        for (case, at, value) in cases {
            let mut private = pair.private.clone();
            match (at, value) {
                (None, _) => private.truncate(len - 1),
                (Some(at), 0xff) => private[at] = 0xff,
                (Some(at), bits) => private[at] ^= bits,
            }
            self.read(case, pair, &private, &Err(String::new()));
        }
    }

    fn read(&mut self, case: &'static str, pair: &Pair, private: &[u8], expected: &Result<Vec<u8>, String>) {
        for library in &self.libraries {
            let Some(read) = caught(|| library.read(pair.set, private)) else { continue };
            let panicked = read.as_ref().is_err_and(|error| error == "panics");
            // Every refusal is as good as another, but for a panic.
            let read = read.map_err(|error| if panicked { error } else { String::new() });
            let short = |read: &Result<Vec<u8>, String>| match read {
                Ok(_) => "yes".to_owned(),
                Err(error) if error.is_empty() => "no".to_owned(),
                Err(error) => error.clone(),
            };
            self.tally.compare(case, &library.name(), &read, expected, short, || {
                format!("{}, private key {}", pair.set, hex::encode(private))
            });
        }
    }

    /// All sign the same; gives the signature.
    fn sign(&mut self, case: &'static str, pair: &Pair, message: &Message, rnd: &[u8; 32]) -> Vec<u8> {
        let mut expected: Option<Result<Vec<u8>, String>> = None;
        for library in &self.libraries {
            let Some(signed) = caught(|| library.sign(pair.set, &pair.private, message, Some(rnd))) else {
                continue;
            };
            let expected = expected.get_or_insert_with(|| signed.clone());
            let short = |signed: &Result<Vec<u8>, String>| match signed {
                Ok(signature) => digest(signature),
                Err(error) => error.clone(),
            };
            self.tally.compare(case, &library.name(), &signed, expected, short, || {
                format!("{}, private key {}, {message:02x?}", pair.set, hex::encode(&pair.private))
            });
        }
        expected.and_then(Result::ok).unwrap_or_default()
    }

    fn verify(&mut self, case: &'static str, pair: &Pair, message: &Message, signature: &[u8], good: bool) {
        for library in &self.libraries {
            let verdict = caught(|| library.verify(pair.set, &pair.public, message, signature).map(Ok));
            let Some(verdict) = verdict else { continue };
            let short = |verdict: &Result<bool, String>| match verdict {
                Ok(true) => "yes".to_owned(),
                Ok(false) => "no".to_owned(),
                Err(error) => error.clone(),
            };
            self.tally.compare(case, &library.name(), &verdict, &Ok(good), short, || {
                let (public, signature) = (hex::encode(&pair.public), hex::encode(signature));
                format!("{}, public key {public}, {message:02x?}, signature {signature}", pair.set)
            });
        }
    }

    fn changed_message(&mut self, pair: &Pair, message: &Message, signature: &[u8]) {
        let Message::Pure(message, context) = message else { return };
        let mut other = message.clone();
        match other.len() {
            0 => other.push(0),
            len => other[self.random.below(len)] ^= 1 << self.random.below(8),
        }
        self.verify(
            "verify: message changed",
            pair,
            &Message::Pure(other, context.clone()),
            signature,
            false,
        );
        let mut other = context.clone();
        match other.len() {
            0 => other.push(0),
            len => other[self.random.below(len)] ^= 1 << self.random.below(8),
        }
        self.verify(
            "verify: context changed",
            pair,
            &Message::Pure(message.clone(), other),
            signature,
            false,
        );
        // The border between context and message moves: the hashed bytes differ in the length of the context only.
        if let Some((first, rest)) = message.split_first()
            && context.len() < 255
        {
            let longer = [context.as_slice(), &[*first]].concat();
            let moved = Message::Pure(rest.to_vec(), longer);
            self.verify("verify: a byte moved to the context", pair, &moved, signature, false);
        }
    }

    fn changed_key(&mut self, pair: &Pair, message: &Message, signature: &[u8]) {
        let with = |public: Vec<u8>| Pair { set: pair.set, public, private: Vec::new() };
        for (case, range) in
            [("verify: a bit of rho flipped", 0..32), ("verify: a bit of t1 flipped", 32..pair.public.len())]
        {
            let mut public = pair.public.clone();
            public[range.start + self.random.below(range.len())] ^= 1 << self.random.below(8);
            self.verify(case, &with(public), message, signature, false);
        }
        let shorter = pair.public[..pair.public.len() - 1].to_vec();
        self.verify("verify: public key a byte too short", &with(shorter), message, signature, false);
        let longer = [pair.public.as_slice(), &[0]].concat();
        self.verify("verify: public key a byte too long", &with(longer), message, signature, false);
        for byte in [0, 0xff] {
            let public = vec![byte; pair.public.len()];
            self.verify("verify: public key all zero or ones", &with(public), message, signature, false);
        }
    }

    /// Signatures of those who draw their own randomness verify everywhere.
    fn own_randomness(&mut self, pair: &Pair, message: &Message) {
        let mut signatures = Vec::new();
        for library in &self.libraries {
            if let Some(signed) = caught(|| library.sign(pair.set, &pair.private, message, None)) {
                signatures.push(signed.unwrap_or_default());
            }
        }
        for signature in signatures {
            self.verify("verify: of others' randomness", pair, message, &signature, true);
        }
    }

    fn long_context(&mut self, pair: &Pair, signature: &[u8]) {
        let message = Message::Pure(Vec::new(), self.random.bytes(256));
        for library in &self.libraries {
            if let Some(signed) = caught(|| library.sign(pair.set, &pair.private, &message, Some(&[0; 32]))) {
                let short = |signed: &bool| if *signed { "yes" } else { "no" }.to_owned();
                self.tally.compare(
                    "sign: context of 256 bytes",
                    &library.name(),
                    &signed.is_ok(),
                    &false,
                    short,
                    || format!("{}", pair.set),
                );
            }
        }
        self.verify("verify: context of 256 bytes", pair, &message, signature, false);
    }

    /// Signatures at and over the bound of z, right in everything else.
    fn crafted(&mut self, pair: &Pair, message: &[u8]) {
        let tr = shake256(&[&pair.public]);
        let mu = Mu::of_message(&tr, Context::EMPTY, message);
        for target in Target::ALL {
            let seed = self.random.array();
            let signature = naive::sign(pair.set, &pair.private, mu.as_bytes(), &seed, target);
            let case = if target.good() {
                "verify: z just below its bound"
            } else {
                "verify: z at its bound or over"
            };
            let pure = Message::Pure(message.to_vec(), Vec::new());
            self.verify(case, pair, &pure, &signature, target.good());
        }
    }

    /// Mostly short; sometimes around the block of SHAKE256, or long.
    fn message(&mut self) -> Vec<u8> {
        let len = match self.random.below(8) {
            0 => 0,
            1 => 1,
            2 => 136 * self.random.below(4) + self.random.below(5),
            3 => self.random.below(10_000),
            _ => self.random.below(300),
        };
        self.random.bytes(len)
    }

    fn context(&mut self) -> Vec<u8> {
        let len = match self.random.below(4) {
            0 => 1,
            1 => 255,
            _ => 1 + self.random.below(255),
        };
        self.random.bytes(len)
    }
}

fn shake256(parts: &[&[u8]]) -> [u8; 64] {
    let mut hash = Shake256::default();
    for part in parts {
        hash.update(part);
    }
    let mut out = [0; 64];
    hash.finalize_xof().read(&mut out);
    out
}
