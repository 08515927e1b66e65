//! The instructions of the steps of a round. `s_` are those in general registers, with the rotations of [`word`](super::word);
//! `v_` are those in vectors. A word keeps its register from round to round: pi has one cycle
//! of 24 words, and each moves to the register that the one before has left.

/// The register of a word. x18 and x19 may not be used.
macro_rules! word {
    (18) => { "x20" };
    (19) => { "x21" };
    (20) => { "x22" };
    (21) => { "x23" };
    (22) => { "x24" };
    (23) => { "x25" };
    (24) => { "x26" };
    ($i:tt) => { concat!("x", $i) };
}

/// The parity of column 0 to 4 in general registers.
macro_rules! parity {
    (0) => { "x27" };
    (1) => { "x28" };
    (2) => { "x30" };
    (3) => { "x19" };
    (4) => { "x29" };
}

/// What theta adds to a column.
macro_rules! added {
    (0) => { parity!(4) };
    (1) => { parity!(0) };
    (2) => { parity!(1) };
    (3) => { parity!(2) };
    (4) => { parity!(3) };
}

/// The parity of a column, in its true position.
macro_rules! s_parity {
    (0: $b:tt $c:tt $d:tt $e:tt) => { s_parity!(@ 0 $b $c $d $e) };
    ($a:tt: $b:tt $c:tt $d:tt $e:tt) => {
        concat!(s_parity!(@ $a $b $c $d $e), "\nror ", parity!($a), ", ", parity!($a), ", #{u", $a, "}")
    };
    (@ $a:tt $b:tt $c:tt $d:tt $e:tt) => {
        concat!(
            "eor ", parity!($a), ", ", word!($a), ", ", word!($b), ", ror #{p", $b, "}\n",
            "eor ", parity!($a), ", ", parity!($a), ", ", word!($c), ", ror #{p", $c, "}\n",
            "eor ", parity!($a), ", ", parity!($a), ", ", word!($d), ", ror #{p", $d, "}\n",
            "eor ", parity!($a), ", ", parity!($a), ", ", word!($e), ", ror #{p", $e, "}",
        )
    };
}

/// What theta adds to column x: c\[x - 1\] ^ c\[x + 1\].rotate_left(1), in place of c\[x - 1\]. Word 1 is in memory, so that
/// its register is free.
macro_rules! s_theta {
    () => {
        concat!(
            "mov x1, ", parity!(0), "\n",
            "eor ", parity!(0), ", ", parity!(0), ", ", parity!(2), ", ror #63\n",
            "eor ", parity!(2), ", ", parity!(2), ", ", parity!(4), ", ror #63\n",
            "eor ", parity!(4), ", ", parity!(4), ", ", parity!(1), ", ror #63\n",
            "eor ", parity!(1), ", ", parity!(1), ", ", parity!(3), ", ror #63\n",
            "eor ", parity!(3), ", ", parity!(3), ", x1, ror #63",
        )
    };
}

/// The rest of theta, rho and pi: word I of the new state from a word of column X of the old one.
macro_rules! s_move {
    ($i:tt $from:tt + $x:tt) => {
        concat!("eor ", word!($i), ", ", added!($x), ", ", word!($from), ", ror #{r", $i, "}")
    };
}

/// What chi adds to each word of a row, in the frame of that row's word after the next.
macro_rules! s_mask {
    ($a:tt $b:tt $c:tt $d:tt $e:tt) => {
        concat!(
            "bic ", parity!(0), ", ", word!($c), ", ", word!($b), ", ror #{m", $a, "}\n",
            "bic ", parity!(1), ", ", word!($d), ", ", word!($c), ", ror #{m", $b, "}\n",
            "bic ", parity!(2), ", ", word!($e), ", ", word!($d), ", ror #{m", $c, "}\n",
            "bic ", parity!(3), ", ", word!($a), ", ", word!($e), ", ror #{m", $d, "}\n",
            "bic ", parity!(4), ", ", word!($b), ", ", word!($a), ", ror #{m", $e, "}",
        )
    };
}

macro_rules! s_chi {
    ($a:tt $b:tt $c:tt $d:tt $e:tt) => {
        concat!(
            "eor ", word!($a), ", ", word!($a), ", ", parity!(0), ", ror #{c", $a, "}\n",
            "eor ", word!($b), ", ", word!($b), ", ", parity!(1), ", ror #{c", $b, "}\n",
            "eor ", word!($c), ", ", word!($c), ", ", parity!(2), ", ror #{c", $c, "}\n",
            "eor ", word!($d), ", ", word!($d), ", ", parity!(3), ", ror #{c", $d, "}\n",
            "eor ", word!($e), ", ", word!($e), ", ", parity!(4), ", ror #{c", $e, "}",
        )
    };
}

macro_rules! v_parity {
    ($to:tt: $a:tt $b:tt $c:tt $d:tt $e:tt) => {
        concat!(
            "eor v", $to, ".16b, v", $a, ".16b, v", $b, ".16b\n",
            "eor v", $to, ".16b, v", $to, ".16b, v", $c, ".16b\n",
            "eor v", $to, ".16b, v", $to, ".16b, v", $d, ".16b\n",
            "eor v", $to, ".16b, v", $to, ".16b, v", $e, ".16b",
        )
    };
}

/// Theta on one column, from the parities of the columns before and after it.
macro_rules! v_theta {
    ($before:tt $after:tt: $a:tt $b:tt $c:tt $d:tt $e:tt) => {
        concat!(
            "add v30.2d, v", $after, ".2d, v", $after, ".2d\n",
            "usra v30.2d, v", $after, ".2d, #63\n",
            "eor v30.16b, v30.16b, v", $before, ".16b\n",
            "eor v", $a, ".16b, v", $a, ".16b, v30.16b\n",
            "eor v", $b, ".16b, v", $b, ".16b, v30.16b\n",
            "eor v", $c, ".16b, v", $c, ".16b, v30.16b\n",
            "eor v", $d, ".16b, v", $d, ".16b, v30.16b\n",
            "eor v", $e, ".16b, v", $e, ".16b, v30.16b",
        )
    };
}

/// Rho and pi.
macro_rules! v_move {
    ($to:tt $from:tt) => {
        concat!(
            "shl v", $to, ".2d, v", $from, ".2d, #{left", $from, "}\n",
            "usra v", $to, ".2d, v", $from, ".2d, #{right", $from, "}",
        )
    };
}

/// What chi adds to each word of a row.
macro_rules! v_mask {
    ($a:tt $b:tt $c:tt $d:tt $e:tt) => {
        concat!(
            "bic v25.16b, v", $c, ".16b, v", $b, ".16b\n",
            "bic v26.16b, v", $d, ".16b, v", $c, ".16b\n",
            "bic v27.16b, v", $e, ".16b, v", $d, ".16b\n",
            "bic v28.16b, v", $a, ".16b, v", $e, ".16b\n",
            "bic v29.16b, v", $b, ".16b, v", $a, ".16b",
        )
    };
}

/// `$first` is the place of word A before this.
macro_rules! v_chi {
    ($first:tt: $a:tt $b:tt $c:tt $d:tt $e:tt) => {
        concat!(
            "eor v", $a, ".16b, v", $first, ".16b, v25.16b\n",
            "eor v", $b, ".16b, v", $b, ".16b, v26.16b\n",
            "eor v", $c, ".16b, v", $c, ".16b, v27.16b\n",
            "eor v", $d, ".16b, v", $d, ".16b, v28.16b\n",
            "eor v", $e, ".16b, v", $e, ".16b, v29.16b",
        )
    };
}

/// A block of assembly with the rotations of the steps in general registers as operands.
macro_rules! with_rotations {
    ($($lines_and_operands:tt)*) => {
        core::arch::asm!(
            $($lines_and_operands)*
            u1 = const $crate::backend::neon::word::parity_turn(1), u2 = const $crate::backend::neon::word::parity_turn(2), u3 = const $crate::backend::neon::word::parity_turn(3),
            u4 = const $crate::backend::neon::word::parity_turn(4),
            p5 = const $crate::backend::neon::word::theta(5), p6 = const $crate::backend::neon::word::theta(6), p7 = const $crate::backend::neon::word::theta(7),
            p8 = const $crate::backend::neon::word::theta(8), p9 = const $crate::backend::neon::word::theta(9), p10 = const $crate::backend::neon::word::theta(10),
            p11 = const $crate::backend::neon::word::theta(11), p12 = const $crate::backend::neon::word::theta(12), p13 = const $crate::backend::neon::word::theta(13),
            p14 = const $crate::backend::neon::word::theta(14), p15 = const $crate::backend::neon::word::theta(15), p16 = const $crate::backend::neon::word::theta(16),
            p17 = const $crate::backend::neon::word::theta(17), p18 = const $crate::backend::neon::word::theta(18), p19 = const $crate::backend::neon::word::theta(19),
            p20 = const $crate::backend::neon::word::theta(20), p21 = const $crate::backend::neon::word::theta(21), p22 = const $crate::backend::neon::word::theta(22),
            p23 = const $crate::backend::neon::word::theta(23), p24 = const $crate::backend::neon::word::theta(24),
            r0 = const $crate::backend::neon::word::moved(0), r1 = const $crate::backend::neon::word::moved(1), r2 = const $crate::backend::neon::word::moved(2),
            r3 = const $crate::backend::neon::word::moved(3), r4 = const $crate::backend::neon::word::moved(4), r5 = const $crate::backend::neon::word::moved(5),
            r6 = const $crate::backend::neon::word::moved(6), r7 = const $crate::backend::neon::word::moved(7), r8 = const $crate::backend::neon::word::moved(8),
            r9 = const $crate::backend::neon::word::moved(9), r10 = const $crate::backend::neon::word::moved(10), r11 = const $crate::backend::neon::word::moved(11),
            r12 = const $crate::backend::neon::word::moved(12), r13 = const $crate::backend::neon::word::moved(13), r14 = const $crate::backend::neon::word::moved(14),
            r15 = const $crate::backend::neon::word::moved(15), r16 = const $crate::backend::neon::word::moved(16), r17 = const $crate::backend::neon::word::moved(17),
            r18 = const $crate::backend::neon::word::moved(18), r19 = const $crate::backend::neon::word::moved(19), r20 = const $crate::backend::neon::word::moved(20),
            r21 = const $crate::backend::neon::word::moved(21), r22 = const $crate::backend::neon::word::moved(22), r23 = const $crate::backend::neon::word::moved(23),
            r24 = const $crate::backend::neon::word::moved(24),
            m0 = const $crate::backend::neon::word::mask(0), m1 = const $crate::backend::neon::word::mask(1), m2 = const $crate::backend::neon::word::mask(2), m3 = const $crate::backend::neon::word::mask(3),
            m4 = const $crate::backend::neon::word::mask(4), m5 = const $crate::backend::neon::word::mask(5), m6 = const $crate::backend::neon::word::mask(6), m7 = const $crate::backend::neon::word::mask(7),
            m8 = const $crate::backend::neon::word::mask(8), m9 = const $crate::backend::neon::word::mask(9), m10 = const $crate::backend::neon::word::mask(10),
            m11 = const $crate::backend::neon::word::mask(11), m12 = const $crate::backend::neon::word::mask(12), m13 = const $crate::backend::neon::word::mask(13),
            m14 = const $crate::backend::neon::word::mask(14), m15 = const $crate::backend::neon::word::mask(15), m16 = const $crate::backend::neon::word::mask(16),
            m17 = const $crate::backend::neon::word::mask(17), m18 = const $crate::backend::neon::word::mask(18), m19 = const $crate::backend::neon::word::mask(19),
            m20 = const $crate::backend::neon::word::mask(20), m21 = const $crate::backend::neon::word::mask(21), m22 = const $crate::backend::neon::word::mask(22),
            m23 = const $crate::backend::neon::word::mask(23), m24 = const $crate::backend::neon::word::mask(24),
            c0 = const $crate::backend::neon::word::chi(0), c1 = const $crate::backend::neon::word::chi(1), c2 = const $crate::backend::neon::word::chi(2), c3 = const $crate::backend::neon::word::chi(3),
            c4 = const $crate::backend::neon::word::chi(4), c5 = const $crate::backend::neon::word::chi(5), c6 = const $crate::backend::neon::word::chi(6), c7 = const $crate::backend::neon::word::chi(7),
            c8 = const $crate::backend::neon::word::chi(8), c9 = const $crate::backend::neon::word::chi(9), c10 = const $crate::backend::neon::word::chi(10), c11 = const $crate::backend::neon::word::chi(11),
            c12 = const $crate::backend::neon::word::chi(12), c13 = const $crate::backend::neon::word::chi(13), c14 = const $crate::backend::neon::word::chi(14),
            c15 = const $crate::backend::neon::word::chi(15), c16 = const $crate::backend::neon::word::chi(16), c17 = const $crate::backend::neon::word::chi(17),
            c18 = const $crate::backend::neon::word::chi(18), c19 = const $crate::backend::neon::word::chi(19), c20 = const $crate::backend::neon::word::chi(20),
            c21 = const $crate::backend::neon::word::chi(21), c22 = const $crate::backend::neon::word::chi(22), c23 = const $crate::backend::neon::word::chi(23),
            c24 = const $crate::backend::neon::word::chi(24),
            options(preserves_flags),
        )
    };
}
