from benchmarks.shared.resources import Times


def test_times_are_medians():
    times = Times((0.010, 0.030, 0.020))
    assert times.cells("ms") == ("3", "20.0 ms", "10.0 to 30.0")
