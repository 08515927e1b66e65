//! Fuzzing on the stable compiler, for where there is no nightly one: `cargo run --example mutate -- [SECONDS [TARGET...]]`.
//!
//! Each input is a file of the corpus with some random changes; the sequence is the same each time. It is **not** guided by
//! coverage and keeps nothing of what it finds, so it sees less than `run.sh` does in the same time. Two targets at a time.
//! What breaks a claim is written to `artifacts`, and the exit code is 1.

use modsig_fuzz::{TARGETS, Target};
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How many targets run at once.
const THREADS: usize = 2;

/// Words that inputs are made of: those of the dictionary, and numbers at the edges of their lengths.
const EDGES: [&[u8]; 8] =
    [&[0], &[0xff], &[0x7f], &[0x80], &[0, 0, 0, 0], &[0xff; 4], &[0x30, 0x80], &[0x7f, 0xff, 0xff, 0xff]];

/// Numbers without any quality but that they are many: xorshift64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Below `limit`, or 0.
    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 16) as usize % limit.max(1)
    }

    fn one_of<'a>(&mut self, all: &'a [Vec<u8>]) -> &'a [u8] {
        &all[self.below(all.len())]
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().map_or(20, |text| text.parse().expect("seconds, then targets"));
    let names: Vec<String> = arguments.collect();
    let known = |name: &String| TARGETS.iter().any(|target| target.name == name);
    assert!(
        names.iter().all(known),
        "targets are {}",
        TARGETS.iter().map(|it| it.name).collect::<Vec<_>>().join(", ")
    );
    let mut queue: Vec<&Target> = TARGETS.iter().collect();
    queue.retain(|target| names.is_empty() || names.iter().any(|name| name == target.name));
    let queue = Mutex::new(queue);
    let broken = Mutex::new(0);
    println!("{:<20} {:>12} {:>10}  not guided by coverage", "target", "executions", "slowest");
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().expect("nobody panics with it").pop();
                    let Some(target) = next else { return };
                    if !holds(target, Duration::from_secs(seconds)) {
                        *broken.lock().expect("nobody panics with it") += 1;
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().expect("nobody panics with it");
    if broken > 0 {
        eprintln!("{broken} targets broken: see fuzz/artifacts");
        std::process::exit(1);
    }
}

/// Changes files of the corpus until the time is over. Whether all claims held.
fn holds(target: &Target, time: Duration) -> bool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = root.join("corpus").join(target.name);
    let mut files: Vec<_> =
        fs::read_dir(&corpus).expect("a corpus").map(|it| it.expect("a file").path()).collect();
    files.sort();
    let seeds: Vec<_> = files.iter().map(|file| fs::read(file).expect("a file that can be read")).collect();
    let dictionary = fs::read_to_string(root.join(format!("dictionaries/{}.dict", target.name)));
    let mut words: Vec<Vec<u8>> = EDGES.map(<[u8]>::to_vec).to_vec();
    for line in dictionary.unwrap_or_default().lines() {
        let word = line.trim_matches('"').replace("\\x0a", "\n").replace("\\\"", "\"");
        words.push(word.into_bytes());
    }
    let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ u64::from(target.name.as_bytes()[0]));
    let (start, mut executions, mut slowest) = (Instant::now(), 0_u64, Duration::ZERO);
    let mut before = start;
    while before - start < time {
        let mut input = random.one_of(&seeds).to_vec();
        for _ in 0..=random.below(5) {
            change(&mut random, &mut input, &seeds, &words);
        }
        // Any question about it.
        if let (true, Some(first)) = (target.questions > 1, input.first_mut()) {
            *first = random.below(target.questions.into()) as u8;
        }
        input.truncate(target.max_len);
        executions += 1;
        if catch_unwind(|| (target.run)(&input)).is_err() {
            let folder = root.join("artifacts").join(target.name);
            let file = folder.join(format!("mutate-{executions}"));
            fs::create_dir_all(&folder)
                .and_then(|()| fs::write(&file, &input))
                .expect("a folder to write to");
            eprintln!("{}: broken by {}", target.name, file.display());
            return false;
        }
        let now = Instant::now();
        slowest = slowest.max(now - before);
        before = now;
    }
    println!("{:<20} {executions:>12} {:>7} ms", target.name, slowest.as_millis());
    true
}

fn change(random: &mut Random, input: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[Vec<u8>]) {
    let at = random.below(input.len() + 1);
    let len = random.below((input.len() - at).min(64) + 1);
    match random.below(8) {
        0 if at < input.len() => input[at] ^= 1 << random.below(8),
        1 if at < input.len() => input[at] = random.next() as u8,
        2 => drop(input.drain(at..at + len)),
        3 => {
            let copied = input[at..at + len].to_vec();
            let to = random.below(input.len() + 1);
            input.splice(to..to, copied);
        }
        4 => drop(input.splice(at..at, random.one_of(words).iter().copied())),
        5 => {
            let word = random.one_of(words);
            input.splice(at..input.len().min(at + word.len()), word.iter().copied());
        }
        6 => {
            // The end of another file, or a piece of it.
            let other = random.one_of(seeds);
            let other = &other[random.below(other.len() + 1)..];
            let taken = other.len().min(1 + random.below(200));
            input.splice(at..at + len, other[..taken].iter().copied());
        }
        _ if at < input.len() => input[at] = input[at].wrapping_add(random.below(7) as u8).wrapping_sub(3),
        _ => {}
    }
}
