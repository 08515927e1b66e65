//! Runs the known answers that `known-answers.py` writes, in workspaces, each operation on a stack of 20 KiB. Prints each
//! case that fails, then the most stack that each operation used. The exit code is 0 if every case passed.
#![no_std]
#![no_main]

use mldsa::small::{self, KeygenWorkspace, SignWorkspace, VerifyWorkspace};
use mldsa::{
    Context, MlDsa44, MlDsa65, MlDsa87, Mu, MuHasher, ParameterSet, Rnd, Seed, Signature, SigningKey,
    VerifyingKey,
};
use mldsa_embedded::{TaskStack, known_answers, print, report};
use shake::{ExtendableOutput, Shake128, Update, XofReader};

mldsa_embedded::program!(run);

/// Why a case failed.
type Verdict = Result<(), &'static str>;

/// The rest of the file.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.array()?))
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn field(&mut self) -> Option<&'a [u8]> {
        let len = self.number()?;
        self.take(len.try_into().ok()?)
    }

    fn message(&mut self) -> Option<Message<'a>> {
        let (kind, message, context) = (self.byte()?, self.field()?, self.field()?);
        match kind {
            b'p' => Some(Message::Pure(message, context)),
            b'i' => Some(Message::Internal(message)),
            b'u' => Some(Message::Mu(Mu::from_bytes(message.try_into().ok()?))),
            _ => None,
        }
    }
}

/// What is signed.
enum Message<'a> {
    /// M and ctx (FIPS 204, algorithms 2 and 3).
    Pure(&'a [u8], &'a [u8]),
    /// M' (algorithms 7 and 8).
    Internal(&'a [u8]),
    Mu(Mu),
}

impl Message<'_> {
    /// M' as mu; the other forms remain.
    fn mu(&self, tr: &[u8; 64]) -> Option<Mu> {
        match self {
            Self::Pure(..) => None,
            Self::Internal(message) => {
                let mut hasher = MuHasher::internal(tr);
                hasher.update(message);
                Some(hasher.finalize())
            }
            Self::Mu(mu) => Some(Mu::from_bytes(*mu.as_bytes())),
        }
    }
}

/// The stack of the operations, and what they used of it at most.
struct Machine {
    stack: TaskStack,
    keygen: Option<usize>,
    sign: Option<usize>,
    verify: Option<usize>,
}

/// Notes what an operation used. An overflow stays.
fn note(most: &mut Option<usize>, used: Option<usize>) {
    *most = most.zip(used).map(|(most, used)| most.max(used));
}

impl Machine {
    fn make_key<P: ParameterSet>(&mut self, seed: &[u8], key: &mut Option<SigningKey<P>>) -> Verdict {
        let seed = Seed::from_bytes(seed.try_into().map_err(|_| "the seed is not 32 bytes")?);
        let mut workspace = KeygenWorkspace::NEW;
        let used = self.stack.run(&mut || {
            small::from_seed_in(&seed, key, &mut workspace);
        });
        note(&mut self.keygen, used);
        Ok(())
    }

    fn sign<P: ParameterSet>(
        &mut self,
        key: &SigningKey<P>,
        message: &Message<'_>,
        rnd: [u8; 32],
        signature: &mut Option<Signature<P>>,
    ) -> Verdict {
        let rnd = Rnd::from_bytes(rnd);
        let mu = message.mu(key.tr());
        let (mut verdict, mut workspace) = (Ok(()), SignWorkspace::<P>::NEW);
        let used = self.stack.run(&mut || match (message, &mu) {
            (Message::Pure(message, context), _) => match Context::new(context) {
                Ok(context) => _ = small::sign_in(key, message, context, &rnd, signature, &mut workspace),
                Err(_) => verdict = Err("the context is too long"),
            },
            (_, Some(mu)) => _ = small::sign_mu_in(key, mu, &rnd, signature, &mut workspace),
            (_, None) => verdict = Err("there is no mu"),
        });
        note(&mut self.sign, used);
        verdict
    }

    fn verify<P: ParameterSet>(&mut self, key: &[u8], message: &Message<'_>, signature: &[u8]) -> Verdict {
        let key = VerifyingKey::<P>::from_bytes(key).map_err(|_| "the public key is malformed")?;
        let signature = Signature::<P>::from_bytes(signature).map_err(|_| "the signature is malformed")?;
        let mu = match message {
            Message::Pure(..) => None,
            _ => message.mu(&key.tr()),
        };
        let (mut good, mut workspace) = (false, VerifyWorkspace::NEW);
        let used = self.stack.run(&mut || {
            good = match (message, &mu) {
                (Message::Pure(message, context), _) => Context::new(context).is_ok_and(|context| {
                    small::verify_in(&key, message, context, &signature, &mut workspace).is_ok()
                }),
                (_, Some(mu)) => small::verify_mu_in(&key, mu, &signature, &mut workspace).is_ok(),
                (_, None) => false,
            };
        });
        note(&mut self.verify, used);
        if good { Ok(()) } else { Err("the signature does not verify") }
    }

    /// Runs the rest of a case. `None` if the file is malformed.
    fn case<P: ParameterSet>(&mut self, operation: u8, file: &mut Reader<'_>) -> Option<Verdict> {
        let mut key: Option<SigningKey<P>> = None;
        Some(match operation {
            b'K' => {
                let (seed, public, expanded) = (file.field()?, file.field()?, file.field()?);
                self.make_key(seed, &mut key).and_then(|()| {
                    let key = key.as_ref().ok_or("there is no key")?;
                    equal(key.verifying_key().as_bytes(), public, "another public key")?;
                    equal(key.as_expanded_bytes(), expanded, "another expanded private key")
                })
            }
            b'S' => {
                let (kind, bytes, public) = (file.byte()?, file.field()?, file.field()?);
                let (message, rnd, expected) =
                    (file.message()?, file.field()?.try_into().ok()?, file.field()?);
                let read = match kind {
                    b's' => self.make_key(bytes, &mut key),
                    b'e' => {
                        small::from_expanded(bytes, &mut key).map(|_| ()).map_err(|_| "the key is malformed")
                    }
                    _ => return None,
                };
                read.and_then(|()| {
                    let key = key.as_ref().ok_or("there is no key")?;
                    let own = key.verifying_key().as_bytes();
                    if !public.is_empty() {
                        equal(own, public, "another public key")?;
                    }
                    let mut signature = None;
                    self.sign(key, &message, rnd, &mut signature)?;
                    equal(
                        signature.ok_or("there is no signature")?.as_bytes(),
                        expected,
                        "another signature",
                    )?;
                    self.verify::<P>(own, &message, expected)
                })
            }
            b'V' => {
                let (key, message, signature) = (file.field()?, file.message()?, file.field()?);
                self.verify::<P>(key, &message, signature)
            }
            b'A' => {
                let (iterations, expected) = (file.number()?, file.field()?);
                self.accumulate::<P>(iterations).and_then(|hash| equal(&hash, expected, "another hash"))
            }
            _ => return None,
        })
    }

    /// The accumulated hash of C2SP CCTV: a stream of seeds; the hash of all public keys and signatures of the empty message.
    fn accumulate<P: ParameterSet>(&mut self, iterations: u32) -> Result<[u8; 32], &'static str> {
        let mut seeds = Shake128::default().finalize_xof();
        let mut hash = Shake128::default();
        let empty = Message::Pure(&[], &[]);
        let (mut key, mut signature): (Option<SigningKey<P>>, Option<Signature<P>>) = (None, None);
        for _ in 0..iterations {
            let mut seed = [0; 32];
            seeds.read(&mut seed);
            self.make_key(&seed, &mut key)?;
            let key = key.as_ref().ok_or("there is no key")?;
            self.sign(key, &empty, [0; 32], &mut signature)?;
            let signature = signature.as_ref().ok_or("there is no signature")?;
            let public = key.verifying_key().as_bytes();
            self.verify::<P>(public, &empty, signature.as_bytes())?;
            hash.update(public);
            hash.update(signature.as_bytes());
        }
        let mut result = [0; 32];
        hash.finalize_xof().read(&mut result);
        Ok(result)
    }
}

fn equal(computed: &[u8], expected: &[u8], difference: &'static str) -> Verdict {
    if computed == expected { Ok(()) } else { Err(difference) }
}

/// Runs all cases. Returns how many failed, or `None` if the file is malformed.
fn run_all(machine: &mut Machine, file: &[u8]) -> Option<usize> {
    let mut file = Reader(file);
    let (count, mut failed) = (file.number()?, 0);
    for _ in 0..count {
        let (operation, set, accept, name) = (file.byte()?, file.byte()?, file.byte()? != 0, file.field()?);
        let outcome = match set {
            44 => machine.case::<MlDsa44>(operation, &mut file)?,
            65 => machine.case::<MlDsa65>(operation, &mut file)?,
            87 => machine.case::<MlDsa87>(operation, &mut file)?,
            _ => return None,
        };
        let problem = match (accept, outcome) {
            (true, Err(problem)) => problem,
            (false, Ok(())) => "was accepted, must be rejected",
            _ => continue,
        };
        failed += 1;
        for text in [b"FAILED ", name, b": ", problem.as_bytes(), b"\n"] {
            print(text);
        }
    }
    report("cases", Some(count.try_into().ok()?));
    (count > 0 && file.0.is_empty()).then_some(failed)
}

/// The file without its magic number and length. `None` if there is none.
fn file() -> Option<&'static [u8]> {
    const MAGIC: [u8; 8] = *b"ML-DSA\0\x01";
    let start = known_answers();
    if start.is_null() {
        return None;
    }
    // SAFETY: the machine has 16 MiB there (`known_answers`); nothing else uses them.
    let (magic, len) = unsafe { (start.cast::<[u8; 8]>().read(), start.add(8).cast::<[u8; 4]>().read()) };
    let len = usize::try_from(u32::from_le_bytes(len)).ok()?;
    if magic != MAGIC || len > 16 << 20 {
        return None;
    }
    // SAFETY: as above; the file is as long as it says.
    let file = unsafe { core::slice::from_raw_parts(start, len) };
    file.get(12..)
}

fn run() -> i32 {
    let mut machine = Machine { stack: TaskStack::new(), keygen: Some(0), sign: Some(0), verify: Some(0) };
    let Some(failed) = file().and_then(|file| run_all(&mut machine, file)) else {
        print(b"no known answers, or malformed ones: write them with known-answers.py\n");
        return 2;
    };
    report("failed", Some(failed));
    report("most stack: keygen", machine.keygen);
    report("most stack: sign", machine.sign);
    report("most stack: verify", machine.verify);
    i32::from(failed > 0 || [machine.keygen, machine.sign, machine.verify].contains(&None))
}
