//! Differences that are no mistake of ours, each with its reason. All are about private keys in the expanded form whose
//! parts do not belong together. FIPS 204 lets skDecode (algorithm 25) assume that its input is from a trusted source; ours,
//! like AWS-LC, computes the public key from it and refuses.

use crate::tally::Known;

/// All of them. A run that does not see one of these fails: the list is then out of date.
pub const KNOWN: &[Known] = &[
    Known {
        case: "read: expanded key with another tr",
        library: "ml-dsa",
        answer: "yes",
        reason: "its documentation says that expanded keys are not validated (and deprecates them)",
    },
    Known {
        case: "read: expanded key with another t0",
        library: "ml-dsa",
        answer: "yes",
        reason: "the same",
    },
    Known {
        case: "read: expanded key with s1 out of range",
        library: "ml-dsa",
        answer: "panics",
        reason: "its documentation says that it may panic on malformed expanded keys",
    },
    Known {
        case: "read: expanded key with s2 out of range",
        library: "ml-dsa",
        answer: "panics",
        reason: "the same",
    },
    Known {
        case: "read: expanded key with another tr",
        library: "fips204",
        answer: "yes",
        reason: "it checks the ranges of s1 and s2 and nothing else",
    },
    Known {
        case: "read: expanded key with another t0",
        library: "fips204",
        answer: "yes",
        reason: "the same",
    },
];
