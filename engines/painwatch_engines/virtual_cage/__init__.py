"""A virtual cage: a procedural rat or mouse, rendered on the CPU for any number of cameras, with exact truth."""

from painwatch_engines.virtual_cage.animal import FIRST_TEST_IDENTITY, Identity
from painwatch_engines.virtual_cage.clips import ClipError, render_clips
from painwatch_engines.virtual_cage.draws import draw_units
from painwatch_engines.virtual_cage.ground_truth import GroundTruth
from painwatch_engines.virtual_cage.sampling import SampledView, Studio, sample_view
from painwatch_engines.virtual_cage.scenario import Scenario, ScenarioError, load_scenario, scenario_names
from painwatch_engines.virtual_cage.view import Rendered, View, open_view
from painwatch_engines.virtual_cage.warming import warm
from painwatch_engines.virtual_cage.world import WorldState, world_at

__all__ = [
    "ClipError",
    "FIRST_TEST_IDENTITY",
    "GroundTruth",
    "Identity",
    "Rendered",
    "SampledView",
    "Scenario",
    "ScenarioError",
    "Studio",
    "View",
    "WorldState",
    "draw_units",
    "load_scenario",
    "open_view",
    "render_clips",
    "sample_view",
    "scenario_names",
    "warm",
    "world_at",
]
