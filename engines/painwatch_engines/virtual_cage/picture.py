"""One picture of one moment: posed animal, cage and camera in, image and ground truth out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from painwatch_engines.anatomy import ActionUnits
from painwatch_engines.virtual_cage.animal import Pose
from painwatch_engines.virtual_cage.arrays import Floats, Floats32, Image
from painwatch_engines.virtual_cage.body import FUR, OCCLUDER, RestBody
from painwatch_engines.virtual_cage.cage import Backdrop, drop_shadow
from painwatch_engines.virtual_cage.camera import Camera, pixels_per_unit, project
from painwatch_engines.virtual_cage.coats import COAT_CODES, PALETTES, WHISKER_COLOURS
from painwatch_engines.virtual_cage.geometry import rotation, vertex_normals
from painwatch_engines.virtual_cage.ground_truth import GroundTruth, describe
from painwatch_engines.virtual_cage.occluders import Occluder, occluder_colours, occluder_mesh
from painwatch_engines.virtual_cage.posing import PosedBody, pose_body
from painwatch_engines.virtual_cage.raster import DepthBuffer, rasterise
from painwatch_engines.virtual_cage.sensor import Sensor, expose
from painwatch_engines.virtual_cage.shading import Light, shade_animal
from painwatch_engines.virtual_cage.strands import draw_hairs, draw_whiskers, project_hairs


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What stays the same from frame to frame of one camera: lens, empty cage, sensor noise, coat texture."""

    camera: Camera
    backdrop: Backdrop
    noise: Floats32
    texture: Floats32
    occluders: tuple[Occluder, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """What may change from frame to frame."""

    t_s: float
    segment: str
    pose: Pose
    units: ActionUnits
    light: Light
    sensor: Sensor


def _draw_fur(image: Floats32, stage: Stage, buffer: DepthBuffer, body: RestBody, posed: PosedBody) -> None:
    camera, fur = stage.camera, body.fur
    count = len(fur.triangle)
    start, end, value = np.empty((count, 3)), np.empty((count, 3)), np.empty(count, np.float32)
    contrast = 0.55 if body.identity.coat == "white" else 1.9
    cx, cy = camera.centre_px
    used = project_hairs(
        posed.points,
        posed.normals,
        body.triangles,
        fur.triangle,
        fur.weights,
        fur.length,
        fur.jitter,
        fur.lightness,
        np.ascontiguousarray(-posed.head_axes[:, 0]),
        camera.eye,
        camera.rotation,
        camera.focal_px,
        cx,
        cy,
        contrast,
        start,
        end,
        value,
    )
    scale = pixels_per_unit(camera, posed.keypoints.mean(axis=0))
    opacity = min(0.85, 0.38 + 0.1 * scale / 60)
    draw_hairs(start[:used], end[:used], value[:used], opacity, buffer.depth, image.copy(), image)


def _draw_whiskers(
    image: Floats32, stage: Stage, buffer: DepthBuffer, body: RestBody, posed: PosedBody, light: Light
) -> None:
    whiskers, points, _ = posed.whiskers.shape
    screen = project(stage.camera, posed.whiskers.reshape(-1, 3)).reshape(whiskers, points, 3)
    start = np.ascontiguousarray(screen[:, :-1]).reshape(-1, 3)
    end = np.ascontiguousarray(screen[:, 1:]).reshape(-1, 3)
    scale = pixels_per_unit(stage.camera, posed.keypoints.mean(axis=0))
    opacity = np.tile(np.linspace(0.42, 0.08, points - 1), whiskers) * min(1.0, scale / 150)
    colour = WHISKER_COLOURS[body.identity.coat] * (light.key + light.ambient) * 0.85
    draw_whiskers(start, end, opacity, colour, buffer.depth, image)


def take_picture(stage: Stage, body: RestBody, moment: Moment, rng: np.random.Generator) -> tuple[Image, GroundTruth]:
    """Render one frame; `rng` only draws the sensor's noise."""
    camera, light = stage.camera, moment.light
    posed = pose_body(body, moment.pose, moment.units)
    points, normals, paint = [posed.points], [posed.normals], [posed.paint]
    triangles, materials = [body.triangles], [body.materials]
    count = len(posed.points)
    for occluder in stage.occluders:
        mesh = occluder_mesh(occluder)
        points.append(mesh.vertices)
        normals.append(vertex_normals(mesh.vertices, mesh.triangles))
        paint.append(occluder_colours(occluder, len(mesh.vertices)))
        triangles.append(mesh.triangles + np.int32(count))
        materials.append(np.full(len(mesh.triangles), OCCLUDER, np.int32))
        count += len(mesh.vertices)
    all_triangles, all_materials = np.concatenate(triangles), np.concatenate(materials)
    screen = project(camera, np.concatenate(points))
    # Fur closes round the body, so only its outside can be seen.
    one_sided = (all_materials == FUR).astype(np.int32)
    buffer = rasterise(screen, all_triangles, one_sided, camera.height_px, camera.width_px)

    image: Floats32 = stage.backdrop.colour * np.float32(light.key * 0.55 + light.ambient)
    drop_shadow(image, stage.backdrop, moment.pose.x, moment.pose.y, rotation(moment.pose.body_yaw))
    coat = body.identity.coat
    head: Floats = posed.keypoints.mean(axis=0)
    shade_animal(
        image,
        buffer,
        all_triangles,
        all_materials,
        np.concatenate(paint),
        np.concatenate(normals),
        camera.rotation,
        camera.focal_px,
        pixels_per_unit(camera, head),
        body.eye,
        posed.lids,
        posed.head_axes,
        light,
        COAT_CODES[coat],
        stage.texture,
        PALETTES[coat],
        moment.units.nose_cheek,
    )
    _draw_fur(image, stage, buffer, body, posed)
    _draw_whiskers(image, stage, buffer, body, posed, light)
    picture = expose(image, light, moment.sensor, stage.noise, rng)
    truth = describe(camera, buffer, screen, posed, body, moment.units, moment.t_s, moment.segment)
    return picture, truth
