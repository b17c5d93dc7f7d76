"""A head whose surface is known, as a scanner would give it: balls in Hounsfield units, written as DICOM."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENT = "Doe^Jane"
HEAD_MM, NOSE_MM = 75.0, 14.0
NOSE_AT = np.array([0.0, -74.0, 0.0])
"""DICOM's y points to the back of the patient."""
SINUS_MM, SINUS_AT = 12.0, np.array([0.0, -40.0, 10.0])


def head(points: np.ndarray) -> np.ndarray:
    """Signed distance (...) of points (..., 3), mm, to the head: a large ball and a small one; exact outside."""
    ball = np.linalg.norm(points, axis=-1) - HEAD_MM
    return np.minimum(ball, np.linalg.norm(points - NOSE_AT, axis=-1) - NOSE_MM)


def density(points: np.ndarray) -> np.ndarray:
    """The head with air in it, in Hounsfield units."""
    sinus = SINUS_MM - np.linalg.norm(points - SINUS_AT, axis=-1)
    return blurred(np.maximum(head(points), sinus))


def blurred(distance: np.ndarray) -> np.ndarray:
    """Tissue where a distance is negative, its edge blurred over 2 mm as scanners do."""
    return -1000.0 + 1040.0 * np.clip(0.5 - distance / 2.0, 0.0, 1.0)


@dataclass(frozen=True)
class Taken:
    """How a head is scanned. spacing : K, J, I, mm; tilt : of the gantry, radians; shift : mm."""

    shape: tuple[int, int, int] = (75, 90, 90)
    spacing: tuple[float, float, float] = (2.5, 2.0, 2.0)
    tilt: float = 0.0
    density: Callable[[np.ndarray], np.ndarray] = density
    slope: float = 1.0
    orientation: np.ndarray = field(default_factory=lambda: np.eye(3)[:2])
    """Rows and columns of the slices."""

    @property
    def row(self) -> np.ndarray:
        return self.orientation[0]

    @property
    def column(self) -> np.ndarray:
        turned = self.orientation[1] * np.cos(self.tilt)
        return turned + np.cross(self.orientation[0], self.orientation[1]) * np.sin(self.tilt)

    def origins(self) -> np.ndarray:
        """The first voxel of each slice, (K, 3); the table goes along the patient, however the gantry is tilted."""
        k, j, i = self.shape
        along = np.cross(self.orientation[0], self.orientation[1])
        middle = self.row * self.spacing[2] * (i - 1) / 2 + self.column * self.spacing[1] * (j - 1) / 2
        return (np.arange(k) - (k - 1) / 2)[:, None] * self.spacing[0] * along - middle

    def slice(self, number: int) -> np.ndarray:
        """(J, I) Hounsfield units."""
        _, j, i = self.shape
        down = np.arange(j)[:, None, None] * self.spacing[1] * self.column
        across = np.arange(i)[None, :, None] * self.spacing[2] * self.row
        return self.density(self.origins()[number] + down + across)

    def values(self) -> np.ndarray:
        return np.stack([self.slice(number) for number in range(self.shape[0])]).astype(np.float32)


def write_dicom(
    folder: Path,
    taken: Taken,
    *,
    names: Callable[[int], str] = lambda number: f"IM{number:04d}",
    only: Callable[[int], bool] = lambda number: True,
    modality: str = "CT",
    **more: object,
) -> str:
    """Write a series into a folder, made if need be; its UID."""
    folder.mkdir(exist_ok=True)
    series = generate_uid()
    origins = taken.origins()
    for number in filter(only, range(taken.shape[0])):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, generate_uid()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        data = FileDataset(BytesIO(), {}, file_meta=meta, preamble=b"\0" * 128)
        data.PatientName, data.PatientID, data.PatientBirthDate = PATIENT, "4711", "19700101"
        data.StudyDate, data.StudyInstanceUID, data.SeriesInstanceUID = "20240229", generate_uid(), series
        data.SOPClassUID, data.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
        data.SeriesDescription, data.Modality, data.InstanceNumber = f"{PATIENT} head", modality, number + 1
        data.Rows, data.Columns = taken.shape[1:]
        data.PixelSpacing = [taken.spacing[1], taken.spacing[2]]
        data.ImagePositionPatient = [float(f"{value:.6f}") for value in origins[number]]
        data.ImageOrientationPatient = [float(f"{value:.8f}") for value in (*taken.row, *taken.column)]
        data.SliceThickness = 99.0  # which says nothing about where slices lie
        data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
        data.BitsAllocated = data.BitsStored = 16
        data.HighBit, data.PixelRepresentation = 15, 1
        data.RescaleSlope, data.RescaleIntercept = taken.slope, -1024.0
        data.PixelData = np.rint((taken.slice(number) + 1024.0) / taken.slope).astype("<i2").tobytes()
        for key, value in more.items():
            setattr(data, key, value)
        pydicom.dcmwrite(folder / names(number), data, enforce_file_format=True)
    return str(series)
