//! A signer that makes signatures at and over the bound of z: right in everything but, perhaps, the norm of z. No library
//! makes these, and a verifier which forgets the norm accepts them. (One back end of a library once shipped so.)
//!
//! FIPS 204 read word for word, in 64-bit integers, slow; nothing is shared with `mldsa`. It does what it is for only.

use mldsa::dynamic::Parameters;
use shake::{ExtendableOutput, Shake128, Shake256, Update, XofReader};

const Q: i64 = 8_380_417;
const N: usize = 256;
type Poly = [i64; N];

/// Table 1 of FIPS 204.
struct Numbers {
    k: usize,
    l: usize,
    eta: i64,
    tau: usize,
    gamma1: i64,
    gamma2: i64,
    omega: usize,
    c_tilde_len: usize,
}

fn numbers(set: Parameters) -> Numbers {
    let (q88, q32) = ((Q - 1) / 88, (Q - 1) / 32);
    let (p17, p19) = (1 << 17, 1 << 19);
    match set {
        Parameters::MlDsa44 => {
            Numbers { k: 4, l: 4, eta: 2, tau: 39, gamma1: p17, gamma2: q88, omega: 80, c_tilde_len: 32 }
        }
        Parameters::MlDsa65 => {
            Numbers { k: 6, l: 5, eta: 4, tau: 49, gamma1: p19, gamma2: q32, omega: 55, c_tilde_len: 48 }
        }
        Parameters::MlDsa87 => {
            Numbers { k: 8, l: 7, eta: 2, tau: 60, gamma1: p19, gamma2: q32, omega: 75, c_tilde_len: 64 }
        }
    }
}

/// The first coefficient of z in a signature to be made: the bound is gamma1 − beta, and z must stay below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// gamma1 − beta − 1: good.
    LastGood,
    /// −(gamma1 − beta − 1): good.
    LastGoodNegative,
    /// gamma1 − beta: bad.
    Bound,
    /// −(gamma1 − beta): bad.
    BoundNegative,
    /// gamma1, the largest that can be written: bad.
    Largest,
    /// −gamma1 + 1, the smallest that can be written: bad.
    Smallest,
}

impl Target {
    /// All.
    pub const ALL: [Self; 6] = [
        Self::LastGood,
        Self::LastGoodNegative,
        Self::Bound,
        Self::BoundNegative,
        Self::Largest,
        Self::Smallest,
    ];

    /// Whether a verifier must accept.
    pub const fn good(self) -> bool {
        matches!(self, Self::LastGood | Self::LastGoodNegative)
    }
}

/// Where the hints of a signature begin, and how many bytes of indices there are before the counters.
pub fn hints(set: Parameters) -> (usize, usize) {
    let n = numbers(set);
    (set.signature_len() - n.omega - n.k, n.omega)
}

/// Rows of A.
pub fn rows(set: Parameters) -> usize {
    numbers(set).k
}

/// Where z begins.
pub fn z_start(set: Parameters) -> usize {
    numbers(set).c_tilde_len
}

/// Signs `mu` so that the first coefficient of z is `target`; all else is as it must be. The private key is a good one.
pub fn sign(set: Parameters, private: &[u8], mu: &[u8; 64], seed: &[u8; 32], target: Target) -> Vec<u8> {
    let n = numbers(set);
    let beta = n.tau as i64 * n.eta;
    let bound = n.gamma1 - beta;
    let wanted = match target {
        Target::LastGood => bound - 1,
        Target::LastGoodNegative => 1 - bound,
        Target::Bound => bound,
        Target::BoundNegative => -bound,
        Target::Largest => n.gamma1,
        Target::Smallest => 1 - n.gamma1,
    };

    // skDecode.
    let eta_bits = if n.eta == 2 { 3 } else { 4 };
    let mut rest = &private[128..];
    let mut secret = |count: usize, bits: usize, from: i64| -> Vec<Poly> {
        (0..count)
            .map(|_| {
                let (bytes, more) = rest.split_at(32 * bits);
                rest = more;
                unpack(bytes, bits).map(|value| from - value)
            })
            .collect()
    };
    let s1: Vec<Poly> = secret(n.l, eta_bits, n.eta);
    let s2: Vec<Poly> = secret(n.k, eta_bits, n.eta);
    let t0: Vec<Poly> = secret(n.k, 13, 1 << 12);
    let zetas = zetas();
    let a_hat: Vec<Vec<Poly>> = (0..n.k)
        .map(|r| (0..n.l).map(|s| rej_ntt_poly(&private[..32], s as u8, r as u8)).collect())
        .collect();
    let [s1_hat, s2_hat, t0_hat] =
        [&s1, &s2, &t0].map(|v| v.iter().map(|p| ntt(&zetas, *p)).collect::<Vec<_>>());

    for kappa in 0_u32.. {
        // y: any below the bound will do, as this key signs nothing else. Its first coefficient is the wanted one, and
        // stays so if c·s1 happens to be 0 there.
        let mut stream = xof256(&[seed, &kappa.to_le_bytes()]);
        let mut y: Vec<Poly> = (0..n.l)
            .map(|_| {
                core::array::from_fn(|_| {
                    let mut bytes = [0; 4];
                    stream.read(&mut bytes);
                    i64::from(u32::from_le_bytes(bytes)) % (2 * bound - 4 * beta) - (bound - 2 * beta)
                })
            })
            .collect();
        y[0][0] = wanted;
        let y_hat: Vec<Poly> = y.iter().map(|p| ntt(&zetas, *p)).collect();
        let w: Vec<Poly> = a_hat.iter().map(|row| inv_ntt(&zetas, dot(row, &y_hat))).collect();
        let w1: Vec<u8> = w.iter().flat_map(|p| pack_w1(&n, p)).collect();
        let mut c_tilde = vec![0; n.c_tilde_len];
        xof256(&[mu, &w1]).read(&mut c_tilde);
        let c_hat = ntt(&zetas, sample_in_ball(&n, &c_tilde));
        let times_c = |v: &[Poly]| -> Vec<Poly> {
            v.iter().map(|p| inv_ntt(&zetas, dot(&[c_hat], &[*p])).map(centred)).collect()
        };

        let z: Vec<Poly> = add(&y, &times_c(&s1_hat), 1);
        if z[0][0] != wanted || z.iter().flatten().skip(1).any(|x| x.abs() >= bound) {
            continue;
        }
        let w_cs2 = add(&w, &times_c(&s2_hat), -1);
        if w_cs2.iter().flatten().any(|&r| decompose(&n, r).1.abs() >= n.gamma2 - beta) {
            continue;
        }
        let ct0 = times_c(&t0_hat);
        if ct0.iter().flatten().any(|x| x.abs() >= n.gamma2) {
            continue;
        }
        let with_ct0 = add(&w_cs2, &ct0, 1);
        let mut hints = vec![0; n.omega + n.k];
        let mut count = 0;
        for i in 0..n.k {
            for j in 0..N {
                if decompose(&n, w_cs2[i][j]).0 != decompose(&n, with_ct0[i][j]).0 {
                    if count < n.omega {
                        hints[count] = j as u8;
                    }
                    count += 1;
                }
            }
            hints[n.omega + i] = count.min(255) as u8;
        }
        if count > n.omega {
            continue;
        }
        let z_bits = if n.gamma1 == 1 << 17 { 18 } else { 20 };
        let z = z.iter().flat_map(|p| pack(&p.map(|x| n.gamma1 - x), z_bits));
        return c_tilde.into_iter().chain(z).chain(hints).collect();
    }
    Vec::new() // 2^32 attempts
}

fn centred(x: i64) -> i64 {
    let x = x.rem_euclid(Q);
    if x > Q / 2 { x - Q } else { x }
}

fn add(a: &[Poly], b: &[Poly], sign: i64) -> Vec<Poly> {
    a.iter().zip(b).map(|(a, b)| core::array::from_fn(|i| a[i] + sign * b[i])).collect()
}

fn xof256(parts: &[&[u8]]) -> impl XofReader + use<> {
    let mut hash = Shake256::default();
    for part in parts {
        hash.update(part);
    }
    hash.finalize_xof()
}

/// SimpleBitUnpack.
fn unpack(bytes: &[u8], bits: usize) -> Poly {
    core::array::from_fn(|i| (0..bits).map(|b| bits_at(bytes, i * bits + b) << b).sum())
}

fn bits_at(bytes: &[u8], at: usize) -> i64 {
    i64::from(bytes[at / 8] >> (at % 8) & 1)
}

/// SimpleBitPack.
fn pack(p: &Poly, bits: usize) -> Vec<u8> {
    let mut bytes = vec![0; 32 * bits];
    for at in 0..N * bits {
        bytes[at / 8] |= ((p[at / bits] >> (at % bits) & 1) as u8) << (at % 8);
    }
    bytes
}

fn pack_w1(n: &Numbers, w: &Poly) -> Vec<u8> {
    pack(&w.map(|r| decompose(n, r).0), if n.gamma2 == (Q - 1) / 88 { 6 } else { 4 })
}

/// Algorithm 36.
fn decompose(n: &Numbers, r: i64) -> (i64, i64) {
    let r = r.rem_euclid(Q);
    let mut r0 = r % (2 * n.gamma2);
    if r0 > n.gamma2 {
        r0 -= 2 * n.gamma2;
    }
    if r - r0 == Q - 1 { (0, r0 - 1) } else { ((r - r0) / (2 * n.gamma2), r0) }
}

/// Algorithm 29.
fn sample_in_ball(n: &Numbers, c_tilde: &[u8]) -> Poly {
    let mut stream = xof256(&[c_tilde]);
    let mut signs = [0; 8];
    stream.read(&mut signs);
    let mut c = [0; N];
    for i in N - n.tau..N {
        let j = loop {
            let mut byte = [0];
            stream.read(&mut byte);
            if usize::from(byte[0]) <= i {
                break usize::from(byte[0]);
            }
        };
        c[i] = c[j];
        c[j] = 1 - 2 * bits_at(&signs, i + n.tau - N);
    }
    c
}

/// Algorithm 30.
fn rej_ntt_poly(rho: &[u8], s: u8, r: u8) -> Poly {
    let mut hash = Shake128::default();
    hash.update(rho);
    hash.update(&[s, r]);
    let mut stream = hash.finalize_xof();
    core::array::from_fn(|_| {
        loop {
            let mut b = [0; 3];
            stream.read(&mut b);
            let value = i64::from(b[0]) | i64::from(b[1]) << 8 | i64::from(b[2] & 0x7f) << 16;
            if value < Q {
                return value;
            }
        }
    })
}

/// 1753^brv(i) mod q.
fn zetas() -> Poly {
    core::array::from_fn(|i| (0..(i as u8).reverse_bits()).fold(1, |power, _| power * 1753 % Q))
}

/// Algorithm 41.
fn ntt(zetas: &Poly, mut w: Poly) -> Poly {
    let (mut m, mut len) = (0, 128);
    while len >= 1 {
        for start in (0..N).step_by(2 * len) {
            m += 1;
            for j in start..start + len {
                let t = zetas[m] * w[j + len] % Q;
                (w[j], w[j + len]) = ((w[j] + t) % Q, (w[j] - t) % Q);
            }
        }
        len /= 2;
    }
    w
}

/// Algorithm 42.
fn inv_ntt(zetas: &Poly, mut w: Poly) -> Poly {
    let (mut m, mut len) = (256, 1);
    while len < N {
        for start in (0..N).step_by(2 * len) {
            m -= 1;
            for j in start..start + len {
                let t = w[j];
                w[j] = (t + w[j + len]) % Q;
                w[j + len] = -zetas[m] * ((t - w[j + len]) % Q) % Q;
            }
        }
        len *= 2;
    }
    w.map(|x| x * 8_347_681 % Q) // 256^-1
}

fn dot(a: &[Poly], b: &[Poly]) -> Poly {
    core::array::from_fn(|i| a.iter().zip(b).map(|(a, b)| a[i] * b[i] % Q).sum::<i64>() % Q)
}
