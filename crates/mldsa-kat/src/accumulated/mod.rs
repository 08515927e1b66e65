//! The accumulated hashes of C2SP CCTV: many keys and signatures in 32 bytes.
//!
//! A seed stream and an accumulator are SHAKE128 instances that start empty. For each iteration, the next 32 bytes of the
//! stream are a seed xi. Its public key and the deterministic signature of the empty message with the empty context are
//! absorbed by the accumulator. The signature must verify. `test-vectors/cctv/ACCUMULATED.md` has the details.

mod accumulator;
pub mod checkpoint;

use std::collections::VecDeque;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::mpsc;
use std::thread;

use mldsa::dynamic::Parameters;
use shake::{ExtendableOutput, Shake128, XofReader};

use crate::error::Error;
use crate::scheme::{Implementation, Message, PrivateKey, PublicKey, Scheme};

pub use accumulator::Accumulator;

/// The iterations for which CCTV publishes a value: for development, for every CI run, and for a release.
pub const PUBLISHED: [u64; 3] = [100, 10_000, 60_000_000];

/// Returns the published value for `iterations`, if there is one.
pub fn published(set: Parameters, iterations: u64) -> Option<&'static str> {
    let values = match set {
        Parameters::MlDsa44 => [
            "d51148e1f9f4fa1a723a6cf42e25f2a99eb5c1b378b3d2dbbd561b1203beeae4",
            "e7fd21f6a59bcba60d65adc44404bb29a7c00e5d8d3ec06a732c00a306a7d143",
            "080b48049257f5cd30dee17d6aa393d6c42fe52a29099df84a460ebaf4b02330",
        ],
        Parameters::MlDsa65 => [
            "8358a1843220194417cadbc2651295cd8fc65125b5a5c1a239a16dc8b57ca199",
            "5ff5e196f0b830c3b10a9eb5358e7c98a3a20136cb677f3ae3b90175c3ace329",
            "0af0165db2b180f7a83dbecad1ccb758b9c2d834b7f801fc49dd572a9d4b1e83",
        ],
        Parameters::MlDsa87 => [
            "8c3ad714777622b8f21ce31bb35f71394f23bc0fcf3c78ace5d608990f3b061b",
            "80a8cf39317f7d0be0e24972c51ac152bd2a3e09bc0c32ce29dd82c4e7385e60",
            "011166e9d5032c9bdc5c9bbb5dbb6c86df1c3d9bf3570b65ebae942dd9830057",
        ],
    };
    PUBLISHED.iter().zip(values).find(|(published, _)| **published == iterations).map(|(_, value)| value)
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The iterations that are done.
    pub iterations: u64,
    /// What has absorbed their outputs.
    pub accumulator: Accumulator,
}

impl State {
    /// The hash after these iterations, in hexadecimal.
    pub fn hash(self) -> String {
        hex::encode(self.accumulator.hash())
    }
}

/// Why a run ended early.
#[derive(Debug)]
pub enum Failure {
    /// The iteration, from 0, whose signature did not verify, or the error of the implementation.
    Iteration(String),
    /// The error that `progress` returned.
    Progress(Error),
}

/// Computes the hash after `iterations`, in hexadecimal.
///
/// # Errors
/// The iteration, from 0, whose signature did not verify, or the error of the implementation.
pub fn run<I: Implementation>(scheme: Scheme<I>, iterations: u64) -> Result<String, String> {
    let mut seeds = Seeds::new(0, iterations);
    let mut accumulator = Accumulator::default();
    while let Some(chunk) = seeds.next_chunk() {
        accumulator.absorb(&outputs(scheme, &chunk)?);
    }
    Ok(hex::encode(accumulator.hash()))
}

/// The same on up to `jobs` threads, from `state` on: a new one, or that of an earlier run. `progress` is called after each
/// chunk with the state so far; its error ends the run.
///
/// The seeds are one stream and the outputs are one hash, so this thread makes the seeds and absorbs the outputs, in order; the
/// others make keys and signatures. At most two chunks for each thread are in memory, about 1 MiB. If fewer threads can be
/// started, those do the work; if none, this one. The seeds before `state` are made again: some seconds for 60 million.
///
/// # Errors
/// [`Failure`]; if several iterations fail, the first.
pub fn run_parallel<I: Implementation + Send>(
    scheme: Scheme<I>,
    mut state: State,
    iterations: u64,
    jobs: NonZeroUsize,
    progress: &mut dyn FnMut(&State) -> Result<(), Error>,
) -> Result<State, Failure> {
    let mut seeds = Seeds::new(state.iterations, iterations);
    let mut absorb = |length: usize, outputs: Outputs| {
        state.accumulator.absorb(&outputs.map_err(Failure::Iteration)?);
        state.iterations += length as u64;
        progress(&state).map_err(Failure::Progress)
    };
    thread::scope(|scope| {
        let mut workers = Workers::start(scope, scheme, if jobs.get() == 1 { 0 } else { jobs.get() });
        if workers.is_empty() {
            while let Some(chunk) = seeds.next_chunk() {
                absorb(chunk.seeds.len(), outputs(scheme, &chunk))?;
            }
            return Ok(());
        }
        for _ in 0..AHEAD * workers.len() {
            let Some(chunk) = seeds.next_chunk() else { break };
            workers.give(chunk).map_err(Failure::Iteration)?;
        }
        while let Some((length, outputs)) = workers.take().map_err(Failure::Iteration)? {
            absorb(length, outputs)?;
            if let Some(chunk) = seeds.next_chunk() {
                workers.give(chunk).map_err(Failure::Iteration)?;
            }
        }
        Ok(())
    })?;
    Ok(state)
}

/// Iterations in a chunk: some milliseconds of work, at most 462 KB of outputs.
const CHUNK: u64 = 64;

/// Chunks that each thread has: one that it works on, one that waits.
const AHEAD: usize = 2;

/// Neighbouring seeds of the stream.
struct Chunk {
    /// The number of the first iteration, from 0.
    first: u64,
    seeds: Vec<[u8; 32]>,
}

/// The stream of seeds, in chunks.
struct Seeds {
    stream: <Shake128 as ExtendableOutput>::Reader,
    next: u64,
    end: u64,
}

impl Seeds {
    /// The seeds from number `next` on.
    fn new(next: u64, end: u64) -> Self {
        let mut stream = Shake128::default().finalize_xof();
        for _ in 0..next {
            stream.read(&mut [0; 32]);
        }
        Self { stream, next, end }
    }

    fn next_chunk(&mut self) -> Option<Chunk> {
        let first = self.next;
        self.next = self.end.min(first.saturating_add(CHUNK));
        let seeds: Vec<_> = (first..self.next)
            .map(|_| {
                let mut seed = [0; 32];
                self.stream.read(&mut seed);
                seed
            })
            .collect();
        if seeds.is_empty() { None } else { Some(Chunk { first, seeds }) }
    }
}

/// The bytes that the accumulator absorbs, or why there are none.
type Outputs = Result<Vec<u8>, String>;

/// What the accumulator absorbs for a chunk: the public key and the signature of each seed.
fn outputs<I: Implementation>(scheme: Scheme<I>, chunk: &Chunk) -> Outputs {
    let empty = Message::Pure { message: Vec::new(), context: Vec::new() };
    let mut outputs = Vec::new();
    for (iteration, seed) in (chunk.first..).zip(&chunk.seeds) {
        let key = scheme.private_key_from_seed(seed)?;
        let public_key = key.public_key_bytes();
        let signature = key.sign(&empty, &[0; 32])?;
        if !scheme.public_key(&public_key)?.verify(&empty, &signature) {
            return Err(format!("iteration {iteration}: the signature does not verify"));
        }
        outputs.extend_from_slice(&public_key);
        outputs.extend_from_slice(&signature);
    }
    Ok(outputs)
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Iteration(reason) => f.write_str(reason),
            Self::Progress(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}

/// Threads that take turns: chunk i is the work of thread i mod n, so that the outputs come back in order.
struct Workers {
    channels: Vec<(mpsc::Sender<Chunk>, mpsc::Receiver<Outputs>)>,
    /// Whose turn it is to get a chunk.
    turn: usize,
    /// The thread and the length of each chunk that is with a thread, in order.
    given: VecDeque<(usize, usize)>,
}

impl Workers {
    /// Starts up to `jobs` threads. They end when their channel is dropped.
    fn start<'scope, I: Implementation + Send + 'scope>(
        scope: &'scope thread::Scope<'scope, '_>,
        scheme: Scheme<I>,
        jobs: usize,
    ) -> Self {
        let mut channels = Vec::new();
        for _ in 0..jobs {
            let (give, chunks) = mpsc::channel::<Chunk>();
            let (finished, take) = mpsc::channel();
            let work = move || {
                for chunk in chunks {
                    if finished.send(outputs(scheme, &chunk)).is_err() {
                        break;
                    }
                }
            };
            if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
            channels.push((give, take));
        }
        Self { channels, turn: 0, given: VecDeque::new() }
    }

    fn is_empty(&self) -> bool {
        self.channels.is_empty()
    }

    fn len(&self) -> usize {
        self.channels.len()
    }

    fn give(&mut self, chunk: Chunk) -> Result<(), String> {
        let length = chunk.seeds.len();
        let worker = self.turn;
        self.turn = (worker + 1) % self.channels.len().max(1);
        let (give, _) = self.channels.get(worker).ok_or_else(ended)?;
        give.send(chunk).map_err(|_| ended())?;
        self.given.push_back((worker, length));
        Ok(())
    }

    /// The outputs of the next chunk, with its length; `None` if no chunk is left.
    fn take(&mut self) -> Result<Option<(usize, Outputs)>, String> {
        let Some((worker, length)) = self.given.pop_front() else { return Ok(None) };
        let (_, take) = self.channels.get(worker).ok_or_else(ended)?;
        Ok(Some((length, take.recv().map_err(|_| ended())?)))
    }
}

fn ended() -> String {
    "a thread has ended early".to_owned()
}
