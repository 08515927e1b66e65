//! The instructions of the steps of a round. `s_` are those in general registers, with the rotations of [`word`](super::word);
//! `v_` are those in vectors. A word keeps its register from round to round: pi has one cycle of 24 words, and each moves to
//! the register that the one before has left.

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

/// A block of assembly on `$state` in general registers. It begins with the address `$table` in x27; the rotations of the steps
/// are its constants.
macro_rules! on_words {
    ($state:ident, $table:expr, $($lines_and_operands:tt)*) => {
        let [s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15, s16, s17, s18, s19, s20, s21, s22, s23,
            s24] = $state;
        core::arch::asm!(
            $($lines_and_operands)*
            inout("x0") *s0, inout("x1") *s1, inout("x2") *s2, inout("x3") *s3, inout("x4") *s4,
            inout("x5") *s5, inout("x6") *s6, inout("x7") *s7, inout("x8") *s8, inout("x9") *s9,
            inout("x10") *s10, inout("x11") *s11, inout("x12") *s12, inout("x13") *s13, inout("x14") *s14,
            inout("x15") *s15, inout("x16") *s16, inout("x17") *s17, inout("x20") *s18, inout("x21") *s19,
            inout("x22") *s20, inout("x23") *s21, inout("x24") *s22, inout("x25") *s23, inout("x26") *s24,
            inout("x27") $table => _, out("x28") _, out("x30") _,
            u1 = const parity_turn(1), u2 = const parity_turn(2), u3 = const parity_turn(3),
            u4 = const parity_turn(4),
            p5 = const theta(5), p6 = const theta(6), p7 = const theta(7), p8 = const theta(8), p9 = const theta(9),
            p10 = const theta(10), p11 = const theta(11), p12 = const theta(12), p13 = const theta(13),
            p14 = const theta(14), p15 = const theta(15), p16 = const theta(16), p17 = const theta(17),
            p18 = const theta(18), p19 = const theta(19), p20 = const theta(20), p21 = const theta(21),
            p22 = const theta(22), p23 = const theta(23), p24 = const theta(24),
            r0 = const moved(0), r1 = const moved(1), r2 = const moved(2), r3 = const moved(3), r4 = const moved(4),
            r5 = const moved(5), r6 = const moved(6), r7 = const moved(7), r8 = const moved(8), r9 = const moved(9),
            r10 = const moved(10), r11 = const moved(11), r12 = const moved(12), r13 = const moved(13),
            r14 = const moved(14), r15 = const moved(15), r16 = const moved(16), r17 = const moved(17),
            r18 = const moved(18), r19 = const moved(19), r20 = const moved(20), r21 = const moved(21),
            r22 = const moved(22), r23 = const moved(23), r24 = const moved(24),
            m0 = const mask(0), m1 = const mask(1), m2 = const mask(2), m3 = const mask(3), m4 = const mask(4),
            m5 = const mask(5), m6 = const mask(6), m7 = const mask(7), m8 = const mask(8), m9 = const mask(9),
            m10 = const mask(10), m11 = const mask(11), m12 = const mask(12), m13 = const mask(13),
            m14 = const mask(14), m15 = const mask(15), m16 = const mask(16), m17 = const mask(17),
            m18 = const mask(18), m19 = const mask(19), m20 = const mask(20), m21 = const mask(21),
            m22 = const mask(22), m23 = const mask(23), m24 = const mask(24),
            c0 = const chi(0), c1 = const chi(1), c2 = const chi(2), c3 = const chi(3), c4 = const chi(4),
            c5 = const chi(5), c6 = const chi(6), c7 = const chi(7), c8 = const chi(8), c9 = const chi(9),
            c10 = const chi(10), c11 = const chi(11), c12 = const chi(12), c13 = const chi(13), c14 = const chi(14),
            c15 = const chi(15), c16 = const chi(16), c17 = const chi(17), c18 = const chi(18), c19 = const chi(19),
            c20 = const chi(20), c21 = const chi(21), c22 = const chi(22), c23 = const chi(23), c24 = const chi(24),
            options(preserves_flags),
        )
    };
}
