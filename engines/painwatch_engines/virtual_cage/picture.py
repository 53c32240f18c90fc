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
from painwatch_engines.virtual_cage.coats import COAT_CODES, Look, in_near_infrared
from painwatch_engines.virtual_cage.geometry import rotation, vertex_normals
from painwatch_engines.virtual_cage.ground_truth import GroundTruth, describe
from painwatch_engines.virtual_cage.light import Light
from painwatch_engines.virtual_cage.occluders import Occluder, occluder_colours, occluder_mesh
from painwatch_engines.virtual_cage.posing import PosedBody, pose_body
from painwatch_engines.virtual_cage.raster import DepthBuffer, rasterise
from painwatch_engines.virtual_cage.sensor import Sensor, expose
from painwatch_engines.virtual_cage.shading import shade_animal
from painwatch_engines.virtual_cage.smearing import LEAST_SMEAR_PX, smear
from painwatch_engines.virtual_cage.strands import draw_hairs, project_hairs
from painwatch_engines.virtual_cage.veils import Veil, draw_veil
from painwatch_engines.virtual_cage.whiskers import draw_whiskers


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What stays the same from frame to frame of one camera: lens, empty cage, sensor noise, coat texture, what
    stands in the cage, and what lies between lens and cage."""

    camera: Camera
    backdrop: Backdrop
    noise: Floats32
    texture: Floats32
    occluders: tuple[Occluder, ...] = ()
    veil: Veil | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """What may change from frame to frame. `smear_px`: how far (x, y) the head moves across the picture while it
    is exposed."""

    t_s: float
    segment: str
    pose: Pose
    units: ActionUnits
    light: Light
    sensor: Sensor
    smear_px: tuple[float, float] = (0.0, 0.0)


def _draw_fur(image: Floats32, stage: Stage, buffer: DepthBuffer, body: RestBody, posed: PosedBody) -> None:
    camera, fur = stage.camera, body.fur
    count = len(fur.triangle)
    start, end, value = np.empty((count, 3)), np.empty((count, 3)), np.empty(count, np.float32)
    coat = body.identity.coat
    contrast = {"white": 0.55, "black": 1.9, "agouti": 2.6}[coat]
    # The lighter hairs of an agouti coat are yellow: their band shows.
    banding = 0.5 if coat == "agouti" else 0.0
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
    draw_hairs(start[:used], end[:used], value[:used], banding, opacity, buffer.depth, image.copy(), image)


def _draw_whiskers(
    image: Floats32, stage: Stage, buffer: DepthBuffer, posed: PosedBody, light: Light, look: Look
) -> None:
    whiskers, points, _ = posed.whiskers.shape
    screen = project(stage.camera, posed.whiskers.reshape(-1, 3)).reshape(whiskers, points, 3)
    start = np.ascontiguousarray(screen[:, :-1]).reshape(-1, 3)
    end = np.ascontiguousarray(screen[:, 1:]).reshape(-1, 3)
    scale = pixels_per_unit(stage.camera, posed.keypoints.mean(axis=0))
    opacity = np.tile(np.linspace(0.54, 0.12, points - 1), whiskers) * min(1.0, 0.45 + scale / 250)
    colour = look.whiskers * (light.key + light.second_key + light.ambient) * 0.85
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

    image: Floats32 = stage.backdrop.colour * np.float32(light.on_floor)
    drop_shadow(image, stage.backdrop, moment.pose.x, moment.pose.y, rotation(moment.pose.body_yaw))
    empty = image.copy() if max(map(abs, moment.smear_px)) >= LEAST_SMEAR_PX else None
    coat = body.identity.coat
    look = in_near_infrared(body.look, coat) if light.infrared else body.look
    raised = moment.units.nose_cheek / 2
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
        look,
        1 - raised if body.identity.species == "rat" else 0.35 + 0.65 * raised,
    )
    _draw_fur(image, stage, buffer, body, posed)
    _draw_whiskers(image, stage, buffer, posed, light, look)
    if empty is not None:
        animal = (buffer.triangle >= 0) & (buffer.triangle < len(body.triangles))
        hidden = (buffer.triangle >= 0) & ~animal
        x, y, _ = project(camera, head[None])[0]
        smear(image, empty, hidden, moment.smear_px, (x, y), pixels_per_unit(camera, head))
    if stage.veil is not None:
        draw_veil(stage.veil, image, buffer.depth)
    picture = expose(image, light, moment.sensor, stage.noise, rng)
    truth = describe(camera, buffer, screen, posed, body, moment.units, moment.t_s, moment.segment)
    return picture, truth
