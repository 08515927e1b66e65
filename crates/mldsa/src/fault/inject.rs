//! [`point`] of a build with `--cfg mldsa_fault`. The environment variable `MLDSA_FAULT` selects the bit to flip:
//! `SITE,VISIT,INDEX,BIT`. VISIT counts from 0 how often the process has reached the site. INDEX and BIT are taken modulo
//! the size of the value. Each flip is reported on standard error.

extern crate std;

use super::Site;
use crate::params::N;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::OnceLock;
use std::{eprintln, format, string::String};

/// A value in which a bit can be flipped.
pub(crate) trait Flip {
    fn flip(&mut self, index: usize, bit: u32);
}

impl Flip for [u8] {
    fn flip(&mut self, index: usize, bit: u32) {
        let len = self.len();
        self[index % len] ^= 1 << (bit % u8::BITS);
    }
}

impl Flip for [i32; N] {
    fn flip(&mut self, index: usize, bit: u32) {
        self[index % N] ^= 1 << (bit % i32::BITS);
    }
}

impl Flip for bool {
    fn flip(&mut self, _: usize, _: u32) {
        *self = !*self;
    }
}

struct Plan {
    site: String,
    visit: u64,
    index: usize,
    bit: u32,
}

/// The fault of this process; `None` if there is none.
fn plan() -> Option<&'static Plan> {
    static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
    PLAN.get_or_init(|| {
        let text = std::env::var("MLDSA_FAULT").ok()?;
        let mut fields = text.split(',');
        let site = String::from(fields.next()?);
        let mut number = || fields.next()?.parse::<u64>().ok();
        let (visit, index, bit) = (number()?, number()?, number()?);
        Some(Plan { site, visit, index: index as usize, bit: bit as u32 })
    })
    .as_ref()
}

/// Flips the bit if the plan selects this visit of this site.
pub(crate) fn point<T: Flip + ?Sized>(site: Site, value: &mut T) {
    static VISITS: AtomicU64 = AtomicU64::new(0);
    let Some(plan) = plan() else { return };
    if plan.site == format!("{site:?}") && VISITS.fetch_add(1, Ordering::Relaxed) == plan.visit {
        value.flip(plan.index, plan.bit);
        eprintln!("mldsa_fault: {site:?} flipped");
    }
}
