"""Archives from anywhere are unpacked within bounds, and arrays are what their headers say."""

import io
import zipfile

import numpy as np
import pytest

from facewright.core.archive import Allowance, TooMuch, loaded_array


def archive(method, **members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return zipfile.ZipFile(file), len(file.getvalue())


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def test_what_many_members_unpack_to_is_added_up():
    member = bytes(12 * 2**20)
    file, size = archive(zipfile.ZIP_DEFLATED, a=member, b=member, c=member)
    allowance = Allowance(size)
    assert allowance.member(file, "a") == member
    assert allowance.member(file, "b", most_bytes=len(member)) == member  # not of the allowance
    assert allowance.member(file, "b") == member
    with pytest.raises(TooMuch, match=r"12 MB in c"):
        allowance.member(file, "c")
    with pytest.raises(TooMuch):
        Allowance(size).member(file, "a", most_bytes=len(member) - 1)


def test_other_ways_of_packing_are_refused():
    file, size = archive(zipfile.ZIP_BZIP2, a=b"text")
    with pytest.raises(ValueError, match="another way"):
        Allowance(size).member(file, "a")


@pytest.mark.parametrize("dtype", ["<f4", "<i8", "|u1"])
def test_arrays_come_back(dtype):
    array = np.arange(24).reshape(2, 3, 4).astype(dtype)
    read = loaded_array(npy(array))
    np.testing.assert_array_equal(read, array)
    assert read.dtype == array.dtype


@pytest.mark.parametrize(
    "data",
    [
        npy(np.zeros(8))[:-1],
        npy(np.zeros(8)) + b"more",
        npy(np.array(["text"])),
        npy(np.zeros(3, dtype=[("a", "<f4"), ("b", "<f4")])),
        npy(np.asfortranarray(np.ones((2, 3)))),
    ],
    ids=["short", "long", "text", "records", "by columns"],
)
def test_an_array_that_is_not_what_its_header_says_is_refused(data):
    with pytest.raises(ValueError, match="not what its header says"):
        loaded_array(data)
