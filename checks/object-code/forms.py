"""Whole numbers that are not known: linear forms in variables, and what is known about the variables."""


class Form:
    """const + the sum of coefficient * variable. No coefficient is 0."""

    def __init__(self, const, coefficients):
        self.const, self.coefficients = const, coefficients

    def key(self):
        return self.const, tuple(sorted(self.coefficients.items()))

    def __eq__(self, other):
        return isinstance(other, Form) and self.key() == other.key()

    def __hash__(self):
        return hash(self.key())

    def __add__(self, other):
        return plus(self, other)

    def __repr__(self):
        return " + ".join([str(self.const)] + [f"{c}*{v}" for v, c in sorted(self.coefficients.items())])


def variable(name):
    return Form(0, {name: 1})


def plus(a, b, times=1):
    """a + times * b, as an int if it has no variable."""
    const, coefficients = 0, {}
    for value, factor in ((a, 1), (b, times)):
        if isinstance(value, Form):
            const += factor * value.const
            for name, coefficient in value.coefficients.items():
                coefficients[name] = coefficients.get(name, 0) + factor * coefficient
        else:
            const += factor * value
    coefficients = {name: c for name, c in coefficients.items() if c}
    return Form(const, coefficients) if coefficients else const


class Box:
    """Each variable is in a range of its own."""

    def __init__(self, ranges):
        self.ranges = ranges

    def bounds(self, form):
        low = high = form.const
        for name, c in form.coefficients.items():
            ends = [c * end for end in self.ranges[name]]
            low, high = low + min(ends), high + max(ends)
        return low, high

    def at_least(self, form, minimum):
        """The box where form >= minimum, rounded outwards; None if there is none."""
        _, high = self.bounds(form)
        if high < minimum:
            return None
        ranges = dict(self.ranges)
        for name, c in form.coefficients.items():
            low, top = self.ranges[name]
            # c * variable >= minimum - (the greatest that the rest can be)
            least = minimum - (high - max(c * low, c * top))
            if c > 0:
                low = max(low, -(-least // c))
            else:
                top = min(top, least // c)
            if low > top:
                return None
            ranges[name] = low, top
        return Box(ranges)

    def where(self, form, sign):
        """The box where the form has this sign, rounded outwards."""
        negative = plus(0, form, -1)
        if sign > 0:
            return self.at_least(form, 1)
        if sign < 0:
            return self.at_least(negative, 1)
        box = self.at_least(form, 0)
        return box and box.at_least(negative, 0)


class Corners:
    """The variables are in the convex hull of these points."""

    def __init__(self, points):
        self.points = points

    def bounds(self, form):
        values = [form.const + sum(c * point[name] for name, c in form.coefficients.items()) for point in self.points]
        return min(values), max(values)

    def where(self, form, sign):
        return self
