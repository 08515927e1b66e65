//! The kernel of the prediction: options, states of its boot, distributions.

use crate::lab::{KEY, Lab, Outcome, SIGN, VERIFY, real_module};
use serde_json::Value;

/// A key, a module signed with it, and one that is not signed.
fn lab() -> Lab {
    let lab = Lab::new();
    lab.key("key", "p-384");
    lab.module("crc16.ko");
    lab.run(SIGN, ["--key", "key.pem", "crc16.ko"]).fine();
    lab.write("unsigned.ko", real_module("dummy.ko"));
    lab
}

fn verify(lab: &Lab, arguments: &[&str], file: &str) -> Outcome {
    lab.run(VERIFY, [&["--trust", "key.x509"], arguments, &[file]].concat())
}

/// Lockdown refuses where signatures are not enforced. Kills: an option of the boot that is read and not used.
#[test]
fn states_of_the_boot() {
    let lab = lab();
    let lax = ["--policy", "kernel", "--kernel-option", "MODULE_SIG_FORCE=n", "--kernel-option"];
    assert_eq!(verify(&lab, &[&lax[..], &["lockdown=none"]].concat(), "unsigned.ko").code, 0);
    for (option, errno) in [
        ("lockdown=integrity", "EPERM (1)"),
        ("lockdown=confidentiality", "EPERM (1)"),
        ("module.sig_enforce=1", "EKEYREJECTED (129)"),
    ] {
        let outcome = verify(&lab, &[&lax[..], &[option]].concat(), "unsigned.ko");
        assert!(outcome.code != 0 && outcome.stderr.contains(errno), "{outcome:?}");
        assert_eq!(verify(&lab, &[&lax[..], &[option]].concat(), "crc16.ko").code, 0, "{option}");
    }
    let json = [&lax[..], &["lockdown=integrity", "--json"]].concat();
    let line: Value =
        serde_json::from_str(verify(&lab, &json, "unsigned.ko").stdout.lines().next().unwrap()).unwrap();
    assert_eq!((&line["kernel"]["locked_down"], &line["kernel"]["loads"]), (&true.into(), &false.into()));
    assert_eq!(line["kernel"]["errno"]["number"], 1);
    for wrong in ["lockdown=maybe", "lockdown=y", "fips=2", "fips"] {
        assert_eq!(verify(&lab, &["--kernel-option", wrong], "crc16.ko").code, 2, "{wrong}");
    }
}

/// A kernel that checks no signatures makes nothing good. Kills: exit code 0 for an unsigned module.
#[test]
fn a_kernel_that_does_not_look() {
    let lab = lab();
    lab.write(
        "config",
        "# Linux/x86 7.2.13 Kernel Configuration\nCONFIG_CRYPTO_RSA=y\n# CONFIG_MODULE_SIG is not set\n",
    );
    for policy in ["default", "kernel"] {
        let arguments = ["--kernel-config", "config", "--policy", policy];
        let outcome = verify(&lab, &arguments, "unsigned.ko");
        assert!(outcome.code != 0 && outcome.stderr.contains("loaded, not checked"), "{outcome:?}");
    }
    // The strict verdict is about the file.
    assert_eq!(verify(&lab, &["--kernel-config", "config"], "crc16.ko").code, 0);
    let json = verify(&lab, &["--kernel-config", "config", "--json"], "unsigned.ko").stdout;
    let line: Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!(line["kernel"]["stage"], "not-checked");
    assert_ne!(line["verdict"], "good");
}

/// Distributions by name. openSUSE demands an extended key usage, and a note says so.
#[test]
fn distributions() {
    let lab = lab();
    for name in ["debian-13", "debian-sid", "debian-7.3", "rhel-10", "ubuntu"] {
        let outcome = verify(&lab, &["--kernel", name], "crc16.ko");
        assert_eq!((outcome.code, &*outcome.stderr), (0, ""), "{name}: {outcome:?}");
    }
    let outcome = verify(&lab, &["--kernel", "opensuse"], "crc16.ko");
    assert!(outcome.code != 0 && outcome.stderr.contains("codeSigning"), "{outcome:?}");
    assert!(outcome.stderr.contains("note: "), "{outcome:?}");
    // Debian 12 has no ECDSA.
    let outcome = verify(
        &lab,
        &["--kernel", "debian-12", "--policy", "kernel", "--kernel-option", "module.sig_enforce=1"],
        "crc16.ko",
    );
    assert!(outcome.code != 0, "{outcome:?}");
    lab.run(KEY, ["check", "key.pem"]).fine();
}
