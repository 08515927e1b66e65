"""AArch64 code whose branches depend on which inputs were accepted: the state of paths.py for this processor, and the decoder."""

from arm_general import SEMANTICS
from arm_machine import ArmMachine
from forms import Form
from loops import Decoder
from paths import Paths


class ArmPaths(Paths, ArmMachine):
    def write_register(self, operand, value):
        if operand.name != "xzr":
            super().write_register(operand, value)

    def decide(self, bit):
        """The operands of cmp become a comparison only where a condition needs it."""
        return super().decide(self.abstract(bit) if isinstance(bit, tuple) else bit)

    def length(self, count):
        """Each length of a copy on its own."""
        count = self.settled(self.number(count))
        if isinstance(count, Form):
            self.concretize(count)
        return count

    def library(self, name):
        if name == "memmove" and self.copies:
            self.copies(self)
            self.forget_volatile(self.general["x0"])
        else:
            super().library(name)


class ArmDecoder(Decoder):
    semantics = SEMANTICS

    @staticmethod
    def successors(i):
        if i.mnemonic in ("ret", "br", "brk", "udf"):
            return []
        jumps = i.mnemonic == "b" or i.mnemonic.startswith(("b.", "cbz", "cbnz", "tbz", "tbnz"))
        return ([i.operands[-1].value] if jumps else []) + ([i.end] if i.mnemonic != "b" else [])
