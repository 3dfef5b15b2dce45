"""From where on something in a description is suspected; every number of the rules, with its reason."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """Where each rule begins; what lies beyond is a suspect, not a fault.

    Attributes:
        numbers_per_class: A place that all information passes is narrow below this many numbers for each class: with
            fewer numbers than classes they cannot even hold one each.
        few_channels: A convolution with fewer filters than this may be poor; LeNet-5 begins with 6, Keras' example with
            32.
        nothing_left: Dropout is suspected where the chance that an image keeps none of some numbers reaches this: of
            every 20 images one teaches nothing.
        high_dropout: A rate from which a dropout is worth a trial; Srivastava et al. (2014) use 0.5 in wide dense
            layers and less elsewhere.
        few_units: Dropout on fewer numbers than this leaves little to choose from.
        early_layers: A dropout with at most this many layers with weights before it drops what nothing can replace.
            Srivastava et al. keep 0.8 and more of the input.
        several_dropouts: From this many on, dropout as a whole is suspected.
        shrunk: All strides together, divided by the image's side, from which the image counts as used up: at 1 a single
            position is left.
        nearly_shrunk: Likewise, from which it nearly is: two positions are left on a side.
        long_step: Strides of a single layer from which it is suspected; usual are 1 and 2, and 4 at the very beginning
            of networks for large images.
        seen_by_pooled: Share of the object that an output must see where a global pool follows, which takes the mean or
            maximum of outputs that each know their own field only.
        seen_by_flattened: Likewise where a dense layer can put the fields together.
        reach_of_images: So many times the image's side a field must reach over before most of it is padding: beyond 2
            less than half of a row can lie in the image. The zoo's healthy networks stay below 1.
        largest_kernel: No larger kernel is proposed: beyond it the layer is another one.
        sigmoids: From this many sigmoids in a row on gradients are suspected to vanish: two scale them to a sixteenth.
        tanhs: Likewise of tanh, whose slope is 1 at 0; LeNet-5's four train well.
        spread_high: A kernel that starts this many times wider than any of the usual initializers.
        spread_low: A kernel that starts at this share of the narrowest of them.
        dark: Pixels whose brightest reaches the first weights as less than this; usual is 1.
        bright: Likewise more than this.
        faint: Logits smaller than this at the start, from numbers of size 1: little of an image arrives, and of a
            gradient likewise. Glorot's kernels leave 0.14 and more in the networks of the zoo.
        loud: Likewise larger than this: the first losses are as large.
        bias: A bias from which on a ReLU that starts below 0, or a sigmoid or tanh on its flat part, is suspected. It
            is in units of what the usual kernels add for inputs of size 1.
        loss_off: How far the first loss may lie from ln(classes), in nats; Glorot's kernels stay within about 0.3.
        rate_factor: A learning rate so many times above or below the usual ones: Adam from 0.009 on and up to 0.0001.
        few_updates: Fewer updates than this in all; MNIST takes Adam about 500 to 95 %.
        average_left: Share of its initial values that a moving average may still hold at the end.
        weight_decay: From here on decay, and no gradient, decides how large a weight grows; usual is up to 0.1.
        label_smoothing: From here on the true class gets little more than the others; usual is 0.1.
    """

    numbers_per_class: float = 1.0
    few_channels: int = 8
    nothing_left: float = 0.05
    high_dropout: float = 0.4
    few_units: int = 64
    early_layers: int = 1
    several_dropouts: int = 3
    shrunk: float = 1.0
    nearly_shrunk: float = 0.5
    long_step: int = 4
    seen_by_pooled: float = 0.75
    seen_by_flattened: float = 0.25
    reach_of_images: float = 2.0
    largest_kernel: int = 9
    sigmoids: int = 2
    tanhs: int = 5
    spread_high: float = 4.0
    spread_low: float = 0.1
    dark: float = 0.05
    bright: float = 20.0
    faint: float = 0.01
    loud: float = 10.0
    bias: float = 2.0
    loss_off: float = 0.7
    rate_factor: float = 3.0
    few_updates: int = 500
    average_left: float = 0.01
    weight_decay: float = 0.5
    label_smoothing: float = 0.4
