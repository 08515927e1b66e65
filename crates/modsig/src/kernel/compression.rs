//! The compressions of modules, and who unpacks a compressed module.
//!
//! Source: Linux 7.2 `kernel/module/decompress.c`, `kernel/module/Kconfig`; kmod 34 `libkmod/libkmod-module.c`. The
//! decoders themselves are in the crate `modsig-compress`.

/// The compressions that Linux supports for modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compression {
    /// `.ko.gz`
    Gzip,
    /// `.ko.xz`
    Xz,
    /// `.ko.zst`
    Zstd,
}

impl Compression {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Gzip, Self::Xz, Self::Zstd];

    /// Finds the compression by a file name without folder, as bytes. The suffix decides, in lower case.
    #[must_use]
    pub fn of_name(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|one| name.ends_with(one.ending().as_bytes()))
    }

    /// The suffix of a module's name: `.ko.xz`.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Gzip => ".ko.gz",
            Self::Xz => ".ko.xz",
            Self::Zstd => ".ko.zst",
        }
    }

    /// The name of the program and of the format: `xz`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        }
    }
}

/// A set of compressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Compressions([bool; Compression::ALL.len()]);

impl Compressions {
    /// None of them.
    pub const NONE: Self = Self([false; Compression::ALL.len()]);

    /// All of them.
    pub const ALL: Self = Self([true; Compression::ALL.len()]);

    /// Whether the set contains this one.
    #[must_use]
    pub const fn has(self, compression: Compression) -> bool {
        let [gzip, xz, zstd] = self.0;
        match compression {
            Compression::Gzip => gzip,
            Compression::Xz => xz,
            Compression::Zstd => zstd,
        }
    }

    /// The set with this one added or removed.
    #[must_use]
    pub const fn with(self, compression: Compression, value: bool) -> Self {
        let [gzip, xz, zstd] = self.0;
        Self(match compression {
            Compression::Gzip => [value, xz, zstd],
            Compression::Xz => [gzip, value, zstd],
            Compression::Zstd => [gzip, xz, value],
        })
    }
}

/// Who unpacks a compressed module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unpacker {
    /// The kernel: `finit_module` with `MODULE_INIT_COMPRESSED_FILE`.
    Linux,
    /// kmod (`modprobe`, `insmod`), before it passes the module to the kernel.
    Kmod,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(Compression::of_name(b"dummy.ko.gz"), Some(Compression::Gzip));
        assert_eq!(Compression::of_name(b"dummy.ko.xz"), Some(Compression::Xz));
        assert_eq!(Compression::of_name(b"dummy.ko.zst"), Some(Compression::Zstd));
        for other in ["dummy.ko", "dummy.gz", "ko.gz", "dummy.ko.GZ", "dummy.ko.zst.p7s"] {
            assert_eq!(Compression::of_name(other.as_bytes()), None, "{other}");
        }
    }
}
