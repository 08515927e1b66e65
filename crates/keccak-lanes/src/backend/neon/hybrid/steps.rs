//! The instructions of the steps of [`rounds`](super::rounds). `s_` are those in general registers, with the rotations of the
//! [`word`](super::super::word) code; `v_` are those in vectors. A word keeps its register from round to round: pi has one cycle
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
